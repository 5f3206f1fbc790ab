from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.transitions import GuardedQuerySet
from recovery import states
from recovery.models.case import Case
from recovery.states import DisputeState

WAIT = timedelta(hours=72)
"""So long an announced restore waits for somebody to contest it."""


class ContestedBy(models.TextChoices):
    LINK = "link", _("By the link in the e-mail, with something set up before the change")
    SIGNED_IN = "signed_in", _("Signed in to the account, with two-step verification completed again")
    CALL = "in_call", _("In a call, with enough evidence")
    NOT_AS_APPROVED = "not_as_approved", _("Not contested, but the account has changed since it was approved")


class Outcome(models.TextChoices):
    GIVEN = "given", _("The account goes to the claimant")
    STAYS = "stays", _("The account stays with the current user")


class Dispute(models.Model):
    """A restore that was announced instead of done: two people who both were the owner may stand against
    each other. It is done at ``due_at``, unless somebody contests it; then two people decide.

    ``changes`` are disputed, ``undoes`` is what the approved plan would undo. ``evidence`` is what the
    claimant has shown, kept as facts: evidence itself runs out after half an hour. ``findings`` is how the
    account was judged then. ``link_failures``: wrong codes by the id of the address that the link went to.
    """

    TRANSITIONS = states.DISPUTE

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="dispute")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default=DisputeState.ANNOUNCED)
    changes = ArrayField(models.BigIntegerField())
    undoes = ArrayField(models.BigIntegerField())
    evidence = models.JSONField()
    findings = models.JSONField()
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField()
    due_at = models.DateTimeField()
    contested_at = models.DateTimeField(null=True)
    contested_how = models.CharField(max_length=16, choices=ContestedBy.choices, blank=True)
    # The key of the address or authenticator that was shown (accounts.doubt), where it was one.
    contested_item = models.CharField(max_length=32, blank=True)
    contested_words = models.TextField(max_length=500, blank=True)
    link_failures = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    reason = models.TextField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    objects = GuardedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("announced_at") + WAIT), name="recovery_dispute_waits_72_hours"
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("announced_by")), name="recovery_dispute_announced_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(contested_at=None, contested_how="")
                | (Q(contested_at__isnull=False) & ~Q(contested_how="")),
                name="recovery_contested_dispute_says_how",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, outcome="", reason="")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(outcome="") & ~Q(reason="")),
                name="recovery_dispute_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | ~(Q(decided_by=F("announced_by")) | Q(decided_by=F("account"))),
                name="recovery_dispute_decided_by_nobody_involved",
            ),
            models.CheckConstraint(
                condition=Q(seconded_by=None)
                | (
                    Q(decided_by__isnull=False)
                    & ~Q(seconded_by=F("decided_by"))
                    & ~Q(seconded_by=F("announced_by"))
                    & ~Q(seconded_by=F("account"))
                ),
                name="recovery_dispute_seconded_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(DisputeState.GIVEN, DisputeState.STAYS))
                | Q(state=DisputeState.GIVEN, contested_at=None)
                | Q(seconded_by__isnull=False, outcome=F("state")),
                name="recovery_contested_dispute_ends_as_two_people_decided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.OPEN_DISPUTE, ended_at=None)
                | (~Q(state__in=states.OPEN_DISPUTE) & Q(ended_at__isnull=False)),
                name="recovery_dispute_ended_at_with_its_end",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=states.OPEN_DISPUTE),
                name="recovery_one_open_dispute_an_account",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=DisputeState.ANNOUNCED), name="recovery_dispute_due"
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in states.OPEN_DISPUTE
