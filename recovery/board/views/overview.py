"""The board: the whole desk at one look, for who leads it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, needs
from common import clock
from common.email_addresses import mask
from recovery.approvals import selectors as approval_selectors
from recovery.board import presenter
from recovery.board import selectors as board_selectors
from recovery.cases import changes
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.console.forms import ReasonForm
from recovery.console.frame import RefusalShown, frame
from recovery.console.presenters import summary
from recovery.disputes import selectors as dispute_selectors
from recovery.models import Case
from recovery.queue import selectors as queue_selectors
from recovery.queue import spending
from recovery.states import CaseState, DutyState

OLDEST_BAR = 3600
"""Seconds at which the bar of a case's age is full."""
DUTY_ORDER = (DutyState.BUSY, DutyState.OFFERED, DutyState.WRAP_UP, DutyState.FREE, DutyState.OFF)


@needs("desk.supervise")
def overview(request: VerifiedRequest) -> HttpResponse:
    """Figures, approvals wanted, open cases, the desk. ``?part=``: one of them, for live pages."""
    now = clock.now()
    match request.GET.get("part"):
        case "figures":
            return render(request, "recovery/board/figures.html", _figures(now))
        case "approvals":
            return render(request, "recovery/board/approvals.html", {"approvals": _approvals()})
        case "disputes":
            return render(request, "recovery/board/disputes.html", {"disputes": _disputes()})
        case "cases":
            return render(request, "recovery/board/cases.html", {"open_cases": _open_cases(now)})
        case "agents":
            return render(request, "recovery/board/agents.html", {"agents": _agents(now)})
    return render(
        request,
        "recovery/board/overview.html",
        frame(request)
        | _figures(now)
        | {
            "approvals": _approvals(),
            "disputes": _disputes(),
            "open_cases": _open_cases(now),
            "agents": _agents(now),
        },
    )


def _figures(now: datetime) -> dict[str, Any]:
    counts = queue_selectors.counts()
    by_hour = board_selectors.opened_by_hour()
    return {
        "counts": counts,
        "longest": int((now - counts.oldest).total_seconds()) if counts.oldest else 0,
        "by_hour": by_hour,
        "asked_today": sum(by_hour),
        "no_calls_to": sorted(spending.used_up().for_unfamiliar),
        "waits_for_others": queue_selectors.waiting_for_somebody_elsewhere(),
    }


def _approvals() -> list[dict[str, Any]]:
    return [{"approval": one, "email": mask(one.case.email)} for one in approval_selectors.approvals_wanted()]


def _disputes() -> list[dict[str, Any]]:
    return [presenter.line(one) for one in dispute_selectors.open_disputes()]


def _open_cases(now: datetime) -> list[dict[str, Any]]:
    return [_row(case, now) for case in case_selectors.open_cases()]


def _row(case: Case, now: datetime) -> dict[str, Any]:
    age = int((now - case.opened_at).total_seconds())
    return {
        "case": case,
        "email": mask(case.email),
        "category": case.get_category_display(),
        "language": summary.language_name(case.callback.language),
        "state": sentences.CASE[CaseState(case.state)],
        "tone": sentences.CASE_TONE.get(CaseState(case.state), "off"),
        "later": case.state == CaseState.WAITING and case.callback.due_at > now,
        "running": case.callback.priority == 0,
        "age": age,
        "bar": min(age, OLDEST_BAR),
        "full": OLDEST_BAR,
        "from_staff": len(case.callback.from_staff),
    }


def _agents(now: datetime) -> list[dict[str, Any]]:
    desk = sorted(queue_selectors.desk(), key=lambda one: DUTY_ORDER.index(DutyState(one.state)))
    at_work = {case.agent_id: case for case in case_selectors.open_cases() if case.state == CaseState.WORKING}
    return [
        {
            "agent": duty.agent,
            "languages": pgettext("between the parts of a list", ", ").join(
                summary.language_name(one) for one in duty.agent.languages
            ),
            "state": sentences.DUTY[DutyState(duty.state)],
            "tone": sentences.DUTY_TONE[DutyState(duty.state)],
            "seconds": int((now - duty.since).total_seconds()),
            "off": duty.state == DutyState.OFF,
            "since": duty.since,
            "case": at_work.get(duty.agent_id),
            "gone": duty.state == DutyState.BUSY and duty.is_gone(now),
        }
        for duty in desk
    ]


@needs("desk.supervise")
@require_http_methods(["GET", "POST"])
def reassign(request: VerifiedRequest, case: int) -> HttpResponse:
    """Take a case out of an agent's hands; the next free one is offered it."""
    row = case_selectors.any_case(case)
    if row is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        with RefusalShown(request):
            changes.reassign(case=row, by=request.user.pk, reason=reason)
            messages.info(request, _("The case is back in the queue and goes to the next free agent."))
        return redirect("board:overview")
    return render(
        request,
        "recovery/board/reassign.html",
        frame(request) | {"case": row, "form": form},
        status=422 if request.method == "POST" else 200,
    )
