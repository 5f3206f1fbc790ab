"""A case that the trail names, for an admin: as it stands, and without any way to act on it."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, needs
from common import once
from recovery.cases import readings
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.console.forms import LookForm
from recovery.console.presenters import case as case_page
from recovery.console.presenters.doubt import why
from recovery.models import Case
from recovery.restoration import selectors as restoration_selectors
from recovery.states import CaseState
from recovery.takeover import selectors as takeover_selectors


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
    if form.is_bound or not readings.may_look(case=row, session=session):
        context = {"case": row, "look_form": form}
        status = 422 if form.is_bound else 200
        return render(request, "recovery/console/record_reason.html", context, status=status)
    with once.reading():
        return render(request, "recovery/console/record.html", _shown(row, request.user.pk))


def _shown(case: Case, person: int) -> dict[str, object]:
    concealed = case_page.is_concealed(case, person)
    picture, rows = (None, []) if concealed else case_page.history(case)
    found = takeover_selectors.findings_of(case)
    return {
        "case": case,
        "concealed": concealed,
        "supervises": True,
        "asks": case_page.who_asks(case),
        "account": None if concealed else case_page.account(case),
        "changed": takeover_selectors.changed(case) if concealed else None,
        "picture": picture,
        "rows": rows,
        "found": found,
        "why": None if concealed else why(found),
        "claim": case_page.claim(case, person),
        "dispute": None if concealed else restoration_selectors.open_dispute_about(case.account_id),
        "side": case_page.side(case, person, concealed=concealed),
        "state_words": sentences.CASE[CaseState(case.state)],
        "notes": case_selectors.notes_of(case),
    }
