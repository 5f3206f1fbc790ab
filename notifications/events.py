"""What the trail records of mails, each type of event with its sentence."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, Words, register

_WORDS: Mapping[str, Mapping[str, Words]] = {
    "message": {
        "account_frozen": _("sign-in details are frozen"),
        "address_removed": _("this address was removed"),
        "case_refused": _("the desk could not help"),
        "check_in": _("how are things the day after"),
        "credential_changed": _("a sign-in detail was changed"),
        "email_change_asked": _("somebody asked for another address"),
        "dispute_announced": _("a restore was announced"),
        "dispute_news": _("how a dispute went on"),
        "email_change_confirm": _("confirm the new address"),
        "email_change_taken": _("the new address has an account already"),
        "evidence_code": _("a code for the call"),
        "evidence_failed": _("somebody failed to prove that they are you"),
        "failed_verification": _("a sign-in stopped at the second factor"),
        "factor_replaced": _("the lost authenticator was taken out"),
        "findings": _("what the desk found"),
        "freeze_lifted": _("sign-in details are released"),
        "new_sign_in": _("a sign-in from a new place or browser"),
        "password_link": _("choose a new password"),
        "sessions_ended": _("sessions were ended during a call"),
        "sign_up_known": _("somebody tried to sign up with your address"),
        "call_confirm": _("ask for a call by a link"),
        "sign_up_link": _("finish signing up"),
        "staff_access_changed": _("the access of a member of staff was changed"),
        "approval_wanted": _("an agent asks for a second person"),
        "unreachable": _("we could not reach you"),
    },
}

register(
    Group(
        "mail",
        _("Mails"),
        (
            E("mail.sent", _("A mail was sent: %(message)s"), ("message",)),
            E(
                "mail.failed",
                _("A mail could not be sent: %(message)s"),
                ("message", "permanent"),
                notes={"permanent": _("It will not be tried again.")},
            ),
        ),
    ),
    words=_WORDS,
)
