"""Approvals: those that are wanted, and the one that holds."""

from django.db.models import QuerySet

from recovery import states
from recovery.models import Approval, Case
from recovery.states import ApprovalState


def standing_approval(case: Case) -> Approval | None:
    return case.approvals.filter(state__in=states.STANDING_APPROVAL).first()


def approvals_wanted() -> QuerySet[Approval]:
    return (
        Approval.objects.select_related("case", "case__agent", "requested_by")
        .filter(state=ApprovalState.REQUESTED)
        .order_by("requested_at")
    )


def approval(approval_id: int) -> Approval | None:
    return (
        Approval.objects.select_related("case", "case__account", "case__callback", "requested_by")
        .filter(pk=approval_id)
        .first()
    )
