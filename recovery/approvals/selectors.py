"""Approvals: those that are wanted, and the one that holds."""

from collections.abc import Collection

from django.db.models import QuerySet

from recovery import insiders, states
from recovery.approvals import policies
from recovery.models import Approval, Case
from recovery.states import ApprovalState


def standing_approval(case: Case) -> Approval | None:
    return case.approvals.filter(state__in=states.STANDING_APPROVAL).first()


def latest_of(case: Case) -> Approval | None:
    return case.approvals.order_by("-requested_at").first()


def approvals_wanted() -> QuerySet[Approval]:
    return (
        Approval.objects.select_related("case", "case__agent", "case__callback", "requested_by")
        .filter(state=ApprovalState.REQUESTED)
        .order_by("requested_at")
    )


def who_can_decide(approval: Approval, people: Collection[int]) -> set[int]:
    """Those of these people who may be the second person."""
    sit_there = insiders.sitting_there([approval.case.callback], people).get(approval.case.callback.pk, set())
    return {
        one
        for one in set(people) - sit_there - set(approval.case.callback.from_staff)
        if policies.can_decide(approval, one)
    }


def number_decidable_by(person_id: int) -> int:
    return sum(bool(who_can_decide(one, [person_id])) for one in approvals_wanted())


def approval(approval_id: int) -> Approval | None:
    return (
        Approval.objects.select_related("case", "case__account", "case__callback", "requested_by")
        .filter(pk=approval_id)
        .first()
    )
