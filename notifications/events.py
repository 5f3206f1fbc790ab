"""What the trail records of mails, each type of event with its sentence."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, Words, register

_WORDS: Mapping[str, Mapping[str, Words]] = {
    "message": {
        "account_frozen": _("sign-in details are frozen"),
        "address_removed": _("this address was removed"),
        "case_refused": _("we couldn't restore the account"),
        "check_in": _("next-day check-in"),
        "credential_changed": _("a sign-in detail was changed"),
        "email_change_asked": _("someone asked to change the e-mail address"),
        "dispute_announced": _("a restore was announced"),
        "dispute_news": _("dispute update"),
        "email_change_confirm": _("confirm the new address"),
        "email_change_taken": _("the new address has an account already"),
        "evidence_code": _("code for the call"),
        "evidence_failed": _("someone failed to confirm their identity"),
        "failed_verification": _("a sign-in stopped at two-step verification"),
        "factor_replaced": _("your lost authenticator app was removed"),
        "findings": _("our findings"),
        "freeze_lifted": _("sign-in details can be changed again"),
        "new_sign_in": _("a sign-in from a new place or browser"),
        "password_link": _("choose a new password"),
        "sessions_ended": _("sessions were ended during a call"),
        "sign_up_known": _("someone tried to sign up with your address"),
        "call_confirm": _("link to ask for a call"),
        "sign_up_link": _("finish signing up"),
        "staff_access_changed": _("the access of a member of staff was changed"),
        "approval_wanted": _("an agent asks for a second person"),
        "unreachable": _("we couldn't reach you"),
    },
}

register(
    Group(
        "mail",
        _("E-mails"),
        (
            E("mail.sent", _("E-mail sent: %(message)s"), ("message",)),
            E(
                "mail.failed",
                _("E-mail could not be sent: %(message)s"),
                ("message", "permanent"),
                notes={"permanent": _("It won't be sent again.")},
            ),
        ),
    ),
    words=_WORDS,
)
