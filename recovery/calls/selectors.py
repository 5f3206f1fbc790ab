"""Calls: the one that goes on, and those that were."""

from django.db.models import Q, QuerySet

from recovery import current_work, states
from recovery.models import CallAttempt, Callback, Case


def call_goes_on_for(ended: Case, agent_id: int) -> Case | None:
    """The case for which this agent's call to the number of an ended case goes on, if it does."""
    work = current_work.case_in_work(agent_id) if not ended.is_open else None
    if (
        work is None
        or work.callback.number != ended.callback.number
        or current_work.live_attempt(work) is None
    ):
        return None
    return work


def attempts_of(case: Case) -> QuerySet[CallAttempt]:
    return CallAttempt.objects.select_related("agent").filter(callback=case.callback).order_by("-placed_at")


def confirmed_attempt(case: Case) -> CallAttempt | None:
    """The latest call in which the caller read out the code."""
    confirmed = attempts_of(case).filter(read_out_confirmed_at__isnull=False, agent_id=case.agent_id)
    return confirmed.first() if case.agent_id else None


def call_to(callback: Callback) -> CallAttempt | None:
    """The call that rings at the number of this request now.

    It may have been placed for another request for the same number: until the caller has read out a code,
    nobody knows whose call it is, and each page says that it is being called.
    """
    return (
        CallAttempt.objects.select_related("agent")
        .filter(
            Q(callback=callback) | Q(number=callback.number, read_out_confirmed_at__isnull=True),
            state__in=states.LIVE_ATTEMPT,
        )
        .first()
    )
