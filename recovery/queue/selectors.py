"""The line, the offers and who is at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q, QuerySet

import audit.reading
from common import clock
from recovery import states
from recovery.models import Approval, Callback, Case, Duty
from recovery.models.callback import TURN
from recovery.models.duty import GONE_AFTER
from recovery.states import ApprovalState, CallbackState, CaseState, DutyState


def offer_to(agent_id: int) -> Callback | None:
    return (
        Callback.objects.select_related("case")
        .filter(offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )


def duty_of(agent_id: int) -> Duty | None:
    return Duty.objects.filter(agent_id=agent_id).first()


def line(languages: Sequence[str] | None = None) -> QuerySet[Callback]:
    """Everybody in line, the next one first: those who are due, then those who chose a later time."""
    waiting = Callback.objects.select_related("case").filter(
        state__in=states.IN_LINE, case__protected_at__isnull=False
    )
    if languages is not None:
        waiting = waiting.filter(language__in=languages)
    later = ExpressionWrapper(Q(due_at__gt=clock.now()), output_field=BooleanField())
    return waiting.annotate(later=later).order_by("later", *TURN)


def others_of_number(callback: Callback) -> int:
    """How many other requests wait for a call to the same number."""
    waiting = Callback.objects.filter(number=callback.number, state__in=states.IN_LINE)
    return waiting.exclude(pk=callback.pk).count()


def waiting_for_somebody_elsewhere() -> list[Callback]:
    """Those due whom nobody at the desk may call: everybody there sits where the request came from."""
    now = clock.now()
    marked = Callback.objects.select_related("case").filter(
        state=CallbackState.WAITING, due_at__lte=now, from_staff__len__gt=0
    )
    there = Duty.objects.filter(agent__is_active=True, seen_at__gt=now - GONE_AFTER)
    desk = there.exclude(state=DutyState.OFF).values_list("agent", "agent__languages")
    return [
        one
        for one in marked.order_by("due_at")
        if not any(one.language in spoken and agent not in one.from_staff for agent, spoken in desk)
    ]


def desk() -> QuerySet[Duty]:
    """All agents that were ever on duty, those at work first."""
    return Duty.objects.select_related("agent").order_by("state", "agent__name")


def off_duty_reason(agent_id: int) -> str:
    """Why the agent last went off duty: ``missed_offer``, ``gone``, as they asked, or another."""
    duty = duty_of(agent_id)
    if duty is None or duty.state != DutyState.OFF:
        return ""
    seen = audit.reading.of_account(
        agent_id, since=duty.since - timedelta(seconds=5), actions=("agent.off_duty",)
    )
    return str(seen[-1].details.get("reason", "")) if seen else ""


@dataclass(frozen=True)
class Counts:
    """The desk at this moment. ``oldest``: since when the longest waiting of those due is due."""

    waiting: int
    later: int
    in_work: int
    oldest: datetime | None
    on_duty: int
    free: int
    approvals: int


def counts() -> Counts:
    now = clock.now()
    line = Callback.objects.filter(state__in=states.IN_LINE).aggregate(
        waiting=Count("pk", filter=Q(due_at__lte=now)),
        later=Count("pk", filter=Q(due_at__gt=now)),
        oldest=Min("due_at", filter=Q(due_at__lte=now)),
    )
    agents = Duty.objects.filter(agent__is_active=True).aggregate(
        on_duty=Count("pk", filter=~Q(state=DutyState.OFF)),
        free=Count("pk", filter=Q(state=DutyState.FREE)),
    )
    return Counts(
        **line,
        **agents,
        in_work=Case.objects.filter(state=CaseState.WORKING).count(),
        approvals=Approval.objects.filter(state=ApprovalState.REQUESTED).count(),
    )
