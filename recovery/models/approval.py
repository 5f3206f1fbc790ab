from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.transitions import GuardedQuerySet
from recovery import states
from recovery.models.case import Case
from recovery.states import ApprovalState


class Approval(models.Model):
    """The second person's decision, for the cases that policy names.

    It is about this evidence and this plan, and dies with them.
    """

    TRANSITIONS = states.APPROVAL

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approvals")
    state = models.CharField(max_length=10, default=ApprovalState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    reason = models.TextField(max_length=1000)
    # When those who may decide were written to, because nobody had looked.
    mailed_at = models.DateTimeField(null=True)
    # The ids of the evidence that had passed, and the fingerprint of the plan (recovery.approvals.services).
    evidence = ArrayField(models.BigIntegerField(), default=list)
    plan = models.CharField(max_length=64, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decline_reason = models.TextField(max_length=1000, blank=True)
    # Who had worked the case when it was decided: none of them is the second person.
    worked_by = ArrayField(models.BigIntegerField(), default=list)

    objects = GuardedQuerySet.as_manager()

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
                condition=Q(state__in=states.STANDING_APPROVAL),
                name="recovery_one_standing_approval_a_case",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=states.STANDING_APPROVAL) | ~(Q(plan="") | Q(evidence=[])),
                name="recovery_approval_names_what_it_approves",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(worked_by__contains=[F("decided_by")]),
                name="recovery_decided_by_nobody_who_worked_the_case",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApprovalState.DECLINED) | ~Q(decline_reason=""),
                name="recovery_declined_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=Q(state=ApprovalState.REQUESTED),
                name="recovery_approval_requested",
            ),
        ]
