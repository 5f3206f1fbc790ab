"""What the caller says during the call: the agent's clicks beside changes, sessions and apps."""

from django.contrib import messages
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
from recovery.console.frame import RefusalShown
from recovery.console.page import wrong
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
    if not form.is_valid():
        return wrong(request, row, _("Give a reason for undoing this change too."))
    with RefusalShown(request):
        claims.undo_too(case=row, agent_id=request.user.pk, **form.cleaned_data)
        messages.info(
            request, _("The restore plan now undoes this change too. A second person must approve it.")
        )
    return _back(case, f"change-{form.cleaned_data['change']}")


@needs("desk.work")
@require_POST
def end_sessions(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = SessionsForm(request.POST, known=[one.id for one in takeover_selectors.recent_sessions(row)])
    if not form.is_valid():
        return wrong(
            request, row, _("Choose the sessions that the caller doesn’t recognise."), sessions_form=form
        )
    chosen = form.cleaned_data["sessions"]
    with RefusalShown(request):
        claims.end_sessions(case=row, agent_id=request.user.pk, sessions=chosen)
        messages.info(
            request,
            ngettext(
                "The session was ended and marked. The owner is notified by e-mail.",
                "The sessions were ended and marked. The owner is notified by e-mail.",
                len(chosen),
            ),
        )
    return _back(case, "sessions")


@needs("desk.work")
@require_POST
def lost(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    apps = [one.id for one in takeover_selectors.losable_of(row, takeover_selectors.doubt_of(row))]
    form = LossForm(request.POST, apps=apps)
    if not form.is_valid():
        return wrong(request, row, _("Choose which authenticator apps the caller has lost."))
    with RefusalShown(request):
        claims.say_lost(case=row, agent_id=request.user.pk, **form.cleaned_data)
        messages.info(request, _("Recorded. The restore plan is up to date."))
    return _back(case, "lost-apps")


def _back(case: int, place: str) -> HttpResponse:
    """To where the agent was on the page: the focus goes there too."""
    return redirect(f"{reverse('console:case', args=[case])}#{place}")
