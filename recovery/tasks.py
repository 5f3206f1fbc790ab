"""Background work. Each task loads by id and makes one call; each may run late, twice, or never."""

from typing import Any

from celery import shared_task

from recovery.services import calls, cases, evidence, queue


@shared_task
def protect(*, case: int, **_: Any) -> None:
    """A case was opened: freeze what the takeover touched, then ring the desk.

    Where many ask at once, one task does this for all who wait, and the tasks of the others find it done.
    """
    if cases.protect(case_id=case):
        cases.protect_waiting()
        queue.dispatch()


@shared_task
def dispatch(**_: Any) -> None:
    queue.dispatch()


@shared_task
def sweep(**_: Any) -> None:
    """Every second or so: whatever the doorbell has missed."""
    queue.sweep()
    calls.mark_lost()
    evidence.expire()
