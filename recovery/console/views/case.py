"""The case on one screen, and who may see it."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

import audit.recording
from accounts.access import VerifiedRequest, needs
from common import once
from recovery.calls import selectors as call_selectors
from recovery.cases import readings
from recovery.cases import selectors as case_selectors
from recovery.console.access import nothing_here, readable_case, session_of, why_read
from recovery.console.forms import LookForm
from recovery.console.frame import fragment, frame
from recovery.console.page import call_part, case_page, elsewhere, side_part, story_part
from recovery.console.presenters import queue
from recovery.models import Case

PARTS = {"call": call_part, "side": side_part, "story": story_part}


@needs("desk.work")
@once.reading()
def case(request: VerifiedRequest, case: int) -> HttpResponse:
    """The screen of a case. ``?part=``: one fragment, for live pages.

    One door for all of it: who may not see the case finds no part of it, and whoever sees any part has read
    it, once a session in the trail.
    """
    part = request.GET.get("part", "")
    person, supervises = request.user.pk, request.user.has_perm("desk.supervise")
    row = readable_case(case, person=person, supervises=supervises)
    if row is None:
        return _not_theirs(request, case, part)
    if part == "call" and (following := call_selectors.call_goes_on_for(row, person)):
        return elsewhere(request, "console:case", following.pk)
    if row.is_snapshot and not (supervises and readings.can_look(case=row, session=session_of(request))):
        return elsewhere(request, "console:case", case) if part else _closed(request, row)
    if not row.is_snapshot:
        readings.note(case=row, by=person, session=session_of(request), why=why_read(row, person))
    return _part(request, row, part) if part else case_page(request, row)


def _part(request: VerifiedRequest, case: Case, part: str) -> HttpResponse:
    if part not in PARTS:
        return render(request, "recovery/console/note_list.html", {"notes": case_selectors.notes_of(case)})
    context = PARTS[part](request, case)
    return fragment(request, f"recovery/console/{part}.html", context, context[f"{part}_key"])


def _not_theirs(request: VerifiedRequest, case_id: int, part: str) -> HttpResponse:
    """Whoever had the case in hand is told that it has gone; that is all, and nobody else is told even that.

    Their page may still be open: its parts lead to the page that says so.
    """
    if not case_selectors.has_worked(case_id, request.user.pk):
        nothing_here(request)
    if part:
        address = reverse("console:case", args=[case_id])
        return HttpResponse(status=404, headers={"HX-Redirect": address})
    audit.recording.record("access.denied", outcome="denied", details={"path": request.path[:200]})
    return render(request, "recovery/console/gone.html", frame(request), status=404)


def _closed(
    request: VerifiedRequest, case: Case, form: LookForm | None = None, status: int = 200
) -> HttpResponse:
    """A closed case is for supervisors, who say why they look; to its agent the page says so."""
    if not request.user.has_perm("desk.supervise"):
        status = 403
    closed = queue.closed_cases(request.user.pk)
    context = frame(request) | {"case": case, "look_form": form or LookForm(), "closed": closed}
    return render(request, "recovery/console/closed.html", context, status=status)


@needs("desk.supervise")
@require_POST
def look(request: VerifiedRequest, case: int) -> HttpResponse:
    """Why a supervisor looks at a closed case: the trail keeps it, and it is open to them for a while."""
    row = case_selectors.any_case(case)
    if row is None:
        nothing_here(request)
    form = LookForm(request.POST)
    if row.is_snapshot and not form.is_valid():
        return _closed(request, row, form, status=422)
    if row.is_snapshot:
        reason = form.cleaned_data["reason"]
        readings.look(case=row, by=request.user.pk, session=session_of(request), reason=reason)
    return redirect("console:case", case)
