"""A case that the trail names, for an admin: as it stands, and without any way to act on it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, needs
from common import once
from recovery.cases import readings
from recovery.cases import selectors as case_selectors
from recovery.console import page, sentences
from recovery.console.forms import LookForm
from recovery.models import Case
from recovery.states import CaseState


@needs("audit.review")
@require_http_methods(["GET", "POST"])
def record(request: VerifiedRequest, case: int) -> HttpResponse:
    """Open or closed, the case is shown for a while after a reason was given, which the trail keeps.

    What of its account is shown is what a supervisor would see: nothing before the code was read out.
    """
    row = case_selectors.any_case(case)
    if row is None:
        raise Http404
    session = request.session["sid"]
    form = LookForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        readings.look(case=row, by=request.user.pk, session=session, reason=form.cleaned_data["reason"])
        return redirect("trail_case", case)
    if form.is_bound or not readings.can_look(case=row, session=session):
        context = {"case": row, "look_form": form}
        status = 422 if form.is_bound else 200
        return render(request, "recovery/console/record_reason.html", context, status=status)
    with once.reading():
        return render(request, "recovery/console/record.html", _shown(request, row))


def _shown(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    return {
        **page.story_part(request, case),
        **page.side_part(request, case),
        "supervises": True,
        "state_words": sentences.CASE[CaseState(case.state)],
        "notes": case_selectors.notes_of(case),
    }
