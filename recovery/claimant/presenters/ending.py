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
            _("Your account is put back"),
            _("Stay on the line: %(name)s tells you what to do next.") % name,
        )
    if case.state == CaseState.WITHDRAWN:
        return Head(
            "",
            _("Your request is cancelled"),
            _("You are still talking with %(name)s. If you did not cancel it, say so now.") % name,
        )
    if case.state == CaseState.REFUSED:
        return Head(
            "talking",
            _("We left everything as it is"),
            _("Stay on the line: %(name)s tells you why, and what you can do.") % name,
        )
    return Head(
        "talking",
        _("You are talking with %(name)s") % name,
        _("Follow what the agent says. Never say a password."),
    )


def of(case: Case, callback: Callback) -> Head:
    if case.state == CaseState.RESTORED:
        return _restored(case)
    if case.state == CaseState.REFUSED:
        return _refused(case)
    if case.state == CaseState.UNREACHABLE:
        tried = ngettext(
            "We tried %(count)d time. You can ask again at any time.",
            "We tried %(count)d times. You can ask again at any time.",
            callback.tries,
        )
        return Head("", _("We could not reach you"), tried % {"count": callback.tries})
    if case.state == CaseState.WITHDRAWN and dispute_selectors.dispute_of_case(case):
        return Head("", _("Your request is withdrawn"), _("The account stays with who uses it now."))
    if case.state == CaseState.WITHDRAWN:
        return Head("", _("The call is cancelled"), _("Nobody will call you. You can ask again at any time."))
    return Head(
        "",
        _("Another request has taken the place of this one"),
        _("If you asked from another device, follow it there. If not, please ask again."),
    )


def _restored(case: Case) -> Head:
    if (case.findings or {}).get("keeps_password"):
        return Head(
            "done",
            _("You can sign in again"),
            _(
                "One thing is left to do: sign in with your password and a recovery code, "
                "and set up a new app."
            ),
        )
    return Head(
        "done",
        _("Your account is yours again"),
        _("Everybody was signed out. One thing is left to do: choose a new password."),
    )


def _refused(case: Case) -> Head:
    if case.refusal == RefusalReason.DISPUTED:
        return Head(
            "done",
            _("The account stays as it is"),
            _(
                "Two people at our desk have looked at what both sides have shown. The account stays with "
                "the person who uses it now."
            ),
        )
    nothing_wrong = case.refusal == RefusalReason.NOT_NEEDED
    return Head(
        "done",
        _("We left everything as it is"),
        _("The agent found nothing that had to be put back.")
        if nothing_wrong
        else _("It could not be shown that the account is yours, and so nothing was changed."),
    )
