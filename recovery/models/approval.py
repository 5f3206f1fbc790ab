from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.moves import MovingQuerySet
from recovery import states
from recovery.models.case import Case
from recovery.states import ApprovalState


class Approval(models.Model):
    """The second person's decision, for the cases that policy names."""

    TRANSITIONS = states.APPROVAL

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals")
    state = models.CharField(max_length=10, default=ApprovalState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    reason = models.TextField(max_length=1000)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="recovery_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="recovery_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(ApprovalState.APPROVED, ApprovalState.DECLINED))
                | Q(decided_by__isnull=False),
                name="recovery_decision_has_its_person",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=(ApprovalState.REQUESTED, ApprovalState.APPROVED)),
                name="recovery_one_standing_approval_a_case",
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=Q(state=ApprovalState.REQUESTED),
                name="recovery_approval_requested",
            ),
        ]
