"""The call: placed, answered or not, its code read out, ended."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest, needs
from common.errors import Stale
from recovery import current_work
from recovery.calls import selectors as call_selectors
from recovery.calls import services as calls
from recovery.console.access import own_case
from recovery.console.forms import ANSWERED, OutcomeForm, ReadOutForm
from recovery.console.frame import RefusalShown, acted
from recovery.console.page import elsewhere, wrong
from recovery.models import CallAttempt, Case
from recovery.states import AttemptState


def _on_the_line(case: Case) -> CallAttempt:
    attempt = current_work.live_attempt(case)
    if attempt is None:
        raise Stale(_("No call is in progress."))
    return attempt


@needs("desk.work")
@require_POST
def place_call(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    with RefusalShown(request):
        calls.place(case=row, agent_id=request.user.pk)
    return acted(request, "console:case", case)


@needs("desk.work")
@require_POST
def outcome(request: VerifiedRequest, case: int) -> HttpResponse:
    """How the ringing ended, as the agent heard it."""
    row = own_case(request, case)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return wrong(request, row, _("Choose how the call ended."))
    with RefusalShown(request):
        if form.cleaned_data["outcome"] != ANSWERED:
            return _nobody(request, row, AttemptState(form.cleaned_data["outcome"]))
        calls.answered(attempt=_on_the_line(row), agent_id=request.user.pk)
    return acted(request, "console:case", case)


def _nobody(request: VerifiedRequest, case: Case, heard: AttemptState) -> HttpResponse:
    again = calls.unanswered(attempt=_on_the_line(case), agent_id=request.user.pk, outcome=heard)
    if again:
        case.callback.refresh_from_db()
        when = date_format(localtime(case.callback.due_at), "H:i")
        messages.info(request, _("Saved. The call is back in the queue for %(time)s.") % {"time": when})
    else:
        messages.info(request, _("Saved. This was the last attempt, so we’ve e-mailed the owner instead."))
    return elsewhere(request, "console:desk")


@needs("desk.work")
@require_POST
def read_out(request: VerifiedRequest, case: int) -> HttpResponse:
    """What the caller reads out, typed by the agent, who is not shown the code."""
    row = own_case(request, case)
    form = ReadOutForm(request.POST)
    if not form.is_valid():
        return wrong(request, row, str(form.errors["code"][0]), read_out_form=form)
    with RefusalShown(request):
        attempt, typed = _on_the_line(row), form.cleaned_data["code"]
        if not calls.confirm_read_out(attempt=attempt, agent_id=request.user.pk, typed=typed):
            said = _("The code is incorrect. Ask the caller to read it again, digit by digit.")
            form.add_error("code", said)
            return wrong(request, row, said, read_out_form=form)
        row.refresh_from_db()
        if following := call_selectors.call_goes_on_for(row, request.user.pk):
            messages.info(
                request, _("The caller is looking at another request for this number. This is its case.")
            )
            return elsewhere(request, "console:case", following.pk)
    return acted(request, "console:case", case)


@needs("desk.work")
@require_POST
def hang_up(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    with RefusalShown(request):
        calls.hang_up(attempt=_on_the_line(row), agent_id=request.user.pk)
    return acted(request, "console:case", case)
