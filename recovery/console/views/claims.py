"""What the caller says during the call: the agent's clicks beside changes, sessions and apps."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest, needs
from recovery.claims import services as claims
from recovery.console.access import own_case
from recovery.console.forms import LossForm, SaidForm, SessionsForm, UndoTooForm
from recovery.console.frame import RefusalInForm, RefusalShown
from recovery.console.page import wrong
from recovery.console.presenters.claim import claim_of
from recovery.models import Case
from recovery.takeover import selectors as takeover_selectors

_SERVICES = {
    SaidForm.NOT_ME: claims.was_not_me,
    SaidForm.WAS_ME: claims.was_me,
    SaidForm.NOTHING: claims.said_nothing,
}


@needs("desk.work")
@require_POST
def said(request: VerifiedRequest, case: int) -> HttpResponse:
    """*This was not me*, *this was me*, or neither."""
    row = own_case(request, case)
    form = SaidForm(request.POST)
    if not form.is_valid():
        return wrong(request, row, _("Choose a change, and what the caller says about it."))
    change, service = form.cleaned_data["change"], _SERVICES[form.cleaned_data["said"]]
    with RefusalShown(request):
        service(case=row, agent_id=request.user.pk, change=change)
    return _back(case, f"change-{change}")


@needs("desk.work")
@require_POST
def undo_too(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = UndoTooForm(request.POST)
    if form.is_valid():
        with RefusalInForm(form):
            claims.undo_too(case=row, agent_id=request.user.pk, **form.cleaned_data)
            messages.info(
                request, _("The restore plan now undoes this change too. A second person must approve it.")
            )
    if not form.is_valid():
        return _wrong(request, row, _("Give a reason for undoing this change too."), undo_too_form=form)
    return _back(case, f"change-{form.cleaned_data['change']}")


@needs("desk.work")
@require_POST
def end_sessions(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = SessionsForm(request.POST, known=[one.id for one in takeover_selectors.recent_sessions(row)])
    if form.is_valid():
        chosen = form.cleaned_data["sessions"]
        with RefusalInForm(form):
            claims.end_sessions(case=row, agent_id=request.user.pk, sessions=chosen)
            words = ngettext(
                "The session was ended and marked. The owner is notified by e-mail.",
                "The sessions were ended and marked. The owner is notified by e-mail.",
                len(chosen),
            )
            messages.info(request, words)
    if not form.is_valid():
        words = _("Choose the sessions that the caller doesn’t recognise.")
        return _wrong(request, row, words, sessions_form=form)
    return _back(case, "sessions")


@needs("desk.work")
@require_POST
def lost(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    apps = [one.id for one in takeover_selectors.losable_of(row, takeover_selectors.doubt_of(row))]
    form = LossForm(request.POST, apps=apps)
    if form.is_valid():
        with RefusalInForm(form):
            claims.say_lost(case=row, agent_id=request.user.pk, **form.cleaned_data)
            messages.info(request, _("Recorded. The restore plan is up to date."))
    if not form.is_valid():
        words = _("Choose what the caller has lost.")
        return _wrong(request, row, words, lost_form=form)
    return _back(case, "lost")


def _wrong(request: VerifiedRequest, case: Case, words: str, **forms: Form) -> HttpResponse:
    """The page has the form only while what the caller says may be noted, and of a change that it lists."""
    claim, too = claim_of(case, request.user.pk), forms.get("undo_too_form")
    listed = not isinstance(too, UndoTooForm) or too.of in [one.line.id for one in claim.changes]
    return wrong(request, case, words, **(forms if claim.open and listed else {}))


def _back(case: int, place: str) -> HttpResponse:
    """To where the agent was on the page: the focus goes there too."""
    return redirect(f"{reverse('console:case', args=[case])}#{place}")
