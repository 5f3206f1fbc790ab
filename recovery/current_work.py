"""What an agent has in hand, and the call of a case that goes on."""

from recovery import states
from recovery.models import CallAttempt, Case
from recovery.states import CaseState


def call_on_the_line(agent_id: int) -> CallAttempt | None:
    """The call that this agent is in, also where its case is closed already."""
    return (
        CallAttempt.objects.select_related("callback__case")
        .filter(agent=agent_id, state__in=states.LIVE_ATTEMPT)
        .first()
    )


def live_attempt(case: Case) -> CallAttempt | None:
    attempts = CallAttempt.objects.select_related("agent")
    return attempts.filter(callback=case.callback, state__in=states.LIVE_ATTEMPT).first()


def case_in_work(agent_id: int) -> Case | None:
    return (
        Case.objects.select_related("callback", "agent", "account")
        .filter(agent_id=agent_id, state=CaseState.WORKING)
        .first()
    )
