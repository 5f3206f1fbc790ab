"""The rows of the line and of an agent's earlier cases."""

from datetime import datetime
from typing import Any

from common import clock
from common.email_addresses import mask
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.console.presenters import summary
from recovery.models import Callback
from recovery.queue import selectors as queue_selectors
from recovery.states import CallbackState, CaseState


def row(callback: Callback, now: datetime) -> dict[str, Any]:
    """One row of the queue: everything but who it is, which nobody knows yet."""
    return {
        "callback": callback,
        "case": callback.case,
        "email": mask(callback.case.email),
        "category": callback.case.get_category_display(),
        "language": summary.language_name(callback.language),
        "running": callback.priority == 0,
        "later": callback.due_at > now,
        "offered": callback.state == CallbackState.OFFERED,
        "from_staff": len(callback.from_staff),
        "waits": max(0, int((now - callback.asked_at).total_seconds())),
    }


def line_up(limit: int = 12) -> list[dict[str, Any]]:
    """Who is next, in short: for the margin of a case."""
    now = clock.now()
    return [row(one, now) for one in queue_selectors.line()[:limit]]


def closed_cases(person: int) -> list[dict[str, Any]]:
    return [
        {
            "case": case,
            "email": mask(case.email),
            "state": sentences.CASE[CaseState(case.state)],
            "tone": sentences.CASE_TONE.get(CaseState(case.state), "off"),
            "opens": not case.is_snapshot,
        }
        for case in case_selectors.closed_cases_of(person)
    ]
