"""How a request ended, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.text import isolate
from recovery.claimant.presenters.head import Head
from recovery.disputes import selectors as dispute_selectors
from recovery.models import CallAttempt, Callback, Case
from recovery.models.case import RefusalReason
from recovery.states import CaseState


def while_talking(case: Case, attempt: CallAttempt) -> Head:
    """The case is closed, and the two still talk: the page says what became of it and who is on the line."""
    name = {"name": isolate(str(attempt.agent))}
    if case.state == CaseState.RESTORED:
        return Head(
            "talking",
            _("Your account has been restored"),
            _("Stay on the line: %(name)s will tell you what to do next.") % name,
        )
    if case.state == CaseState.WITHDRAWN:
        return Head(
            "",
            _("Your request has been cancelled"),
            _("You’re still on the phone with %(name)s. If you didn’t cancel the request, tell them now.")
            % name,
        )
    if case.state == CaseState.REFUSED:
        return Head(
            "talking",
            _("We didn’t change anything"),
            _("Stay on the line: %(name)s will explain why, and what you can do.") % name,
        )
    return Head(
        "talking",
        _("You’re on the phone with %(name)s") % name,
        _("Follow the agent’s instructions. Never say your password."),
    )


def of(case: Case, callback: Callback) -> Head:
    if case.state == CaseState.RESTORED:
        return _restored(case)
    if case.state == CaseState.REFUSED:
        return _refused(case)
    if case.state == CaseState.UNREACHABLE:
        tried = ngettext(
            "We tried to call you %(count)d time. You can ask again at any time.",
            "We tried to call you %(count)d times. You can ask again at any time.",
            callback.tries,
        )
        return Head("", _("We couldn’t reach you"), tried % {"count": callback.tries})
    if case.state == CaseState.WITHDRAWN and dispute_selectors.dispute_of_case(case):
        return Head(
            "", _("Your request has been withdrawn"), _("The account stays with the person who uses it now.")
        )
    if case.state == CaseState.WITHDRAWN:
        return Head(
            "", _("The call has been cancelled"), _("We won’t call you. You can ask again at any time.")
        )
    return Head(
        "",
        _("This request has been replaced by another"),
        _("If you asked from another device, check the status there. Otherwise, please ask again."),
    )


def _restored(case: Case) -> Head:
    if (case.findings or {}).get("keeps_password"):
        return Head(
            "done",
            _("You can sign in again"),
            _(
                "There’s one thing left to do: sign in with what you still have, and set "
                "up a new sign-in method."
            ),
        )
    return Head(
        "done",
        _("Your account is yours again"),
        _("Everyone was signed out. There’s one thing left to do: choose a new password."),
    )


def _refused(case: Case) -> Head:
    if case.refusal == RefusalReason.DISPUTED:
        return Head(
            "done",
            _("The account stays as it is"),
            _(
                "Two people on our team have reviewed what both sides have shown. The account "
                "stays with the person who uses it now."
            ),
        )
    nothing_wrong = case.refusal == RefusalReason.NOT_NEEDED
    return Head(
        "done",
        _("We didn’t change anything"),
        _("The agent found nothing that needed to be restored.")
        if nothing_wrong
        else _("We couldn’t confirm that the account is yours, so we didn’t change anything."),
    )
