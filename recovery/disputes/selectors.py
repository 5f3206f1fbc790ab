"""Restores that were announced, and may be contested."""

from collections.abc import Iterable

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from common import clock
from recovery import states
from recovery.approvals import readiness
from recovery.approvals.readiness import RestoreReadiness
from recovery.cases import selectors as case_selectors
from recovery.disputes import policies
from recovery.models import Case, Dispute
from recovery.restoration import selectors as restoration_selectors
from recovery.states import DisputeState
from recovery.takeover import selectors as takeover_selectors


def dispute(dispute_id: int) -> Dispute | None:
    return restoration_selectors.disputes().filter(pk=dispute_id).first()


def dispute_of_case(case: Case) -> Dispute | None:
    return restoration_selectors.disputes().filter(case=case).first()


def open_disputes() -> QuerySet[Dispute]:
    """Those that wait for people first, the oldest first."""
    waits = ExpressionWrapper(Q(state=DisputeState.ANNOUNCED), output_field=BooleanField())
    return (
        restoration_selectors.disputes()
        .filter(state__in=states.OPEN_DISPUTE)
        .annotate(waits=waits)
        .order_by("waits", "announced_at")
    )


def number_decidable_by(person_id: int) -> int:
    """How many wait for this person to decide or to confirm."""
    to_decide = restoration_selectors.disputes().filter(
        state__in=(DisputeState.CONTESTED, DisputeState.PROPOSED)
    )
    return sum(
        policies.can_decide_dispute(one, person_id, worked=case_selectors.who_worked_on(one.case))
        for one in to_decide
    )


def due_disputes(limit: int = 20) -> list[int]:
    """Announced restores whose time has come and that nobody has contested."""
    due = Dispute.objects.filter(state=DisputeState.ANNOUNCED, due_at__lte=clock.now())
    return list(due.order_by("due_at").values_list("pk", flat=True)[:limit])


def was_announced(account_id: int | None, changes: Iterable[int]) -> bool:
    """Has a dispute about one of these changes been announced before?"""
    return Dispute.objects.filter(account=account_id, changes__overlap=list(changes)).exists()


def check_can_announce_now(case: Case, agent_id: int) -> RestoreReadiness:
    """The one question behind the button and the write; returns by what it was answered.

    Raises:
        Denied: the policy is not satisfied.
    """
    ready = readiness.readiness_of(case)
    policies.check_can_announce(
        case,
        agent_id,
        ready,
        dispute=restoration_selectors.open_dispute_about(case.account_id),
        announced_before=was_announced(case.account_id, takeover_selectors.doubt_of(case).disputed_ids),
    )
    return ready


def check_can_contest_now(case: Case, agent_id: int) -> None:
    """The same for a caller who contests in a case of their own.

    Raises:
        Denied: they have not shown enough, or nothing is announced.
    """
    policies.check_can_contest_in_call(
        case,
        agent_id,
        readiness.readiness_of(case),
        dispute=restoration_selectors.open_dispute_about(case.account_id),
    )
