from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from common.moves import MovingQuerySet
from recovery import states
from recovery.models.case import Case
from recovery.states import AttemptState, CallbackState


class Callback(models.Model):
    """A place in the queue: call this number when it is due."""

    TRANSITIONS = states.CALLBACK

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="callback")
    state = models.CharField(max_length=12, default=CallbackState.WAITING)
    number = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    # 0 a takeover that is running, 1 a takeover as told by the claimant, 2 anything else.
    priority = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # The claimant's own wish: night hours do not hold for it (see recovery.policies.next_try).
    chosen_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    offer_expires_at = models.DateTimeField(null=True)
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # Who passed the offer on or handed the case back is not offered it again for a while (PASS_HOLDS).
    passed_by = ArrayField(models.BigIntegerField(), default=list)
    passed_at = models.DateTimeField(null=True)
    # For the next call: the agent says the words, the claimant reads out the code. New for each attempt.
    words = models.CharField(max_length=60)
    read_out = models.CharField(max_length=6)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state=CallbackState.OFFERED, offered_to__isnull=False, offer_expires_at__isnull=False
                )
                | (
                    ~Q(state=CallbackState.OFFERED)
                    & Q(offered_to__isnull=True, offer_expires_at__isnull=True)
                ),
                name="recovery_callback_offer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=CallbackState.ASSIGNED, agent__isnull=False)
                | ~Q(state=CallbackState.ASSIGNED),
                name="recovery_callback_assigned_has_an_agent",
            ),
            models.UniqueConstraint(
                fields=["offered_to"],
                condition=Q(state=CallbackState.OFFERED),
                name="recovery_one_offer_an_agent",
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(state=CallbackState.ASSIGNED),
                name="recovery_one_callback_an_agent",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(state=CallbackState.ASSIGNED),
                name="recovery_one_call_a_number",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "due_at", "id"],
                condition=Q(state=CallbackState.WAITING),
                name="recovery_callback_waiting",
            ),
            models.Index(
                fields=["offer_expires_at"],
                condition=Q(state=CallbackState.OFFERED),
                name="recovery_callback_offered",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=(CallbackState.WAITING, CallbackState.OFFERED)),
                name="recovery_callback_in_line",
            ),
            models.Index(fields=["due_at"], include=["priority", "language"], name="recovery_callback_due"),
        ]

    def passed(self, agent_id: int, at: datetime) -> dict[str, Any]:
        """The columns that say that this agent, too, let the call go on to somebody else."""
        return {"passed_by": [*(one for one in self.passed_by if one != agent_id), agent_id], "passed_at": at}


class CallAttempt(models.Model):
    """One call, written before it is placed. ``key`` is what a dialer is asked with, once."""

    TRANSITIONS = states.ATTEMPT

    key = models.UUIDField(unique=True)
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="attempts")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=15, default=AttemptState.PLANNED)
    number = models.CharField(max_length=20)
    words = models.CharField(max_length=60)
    read_out = models.CharField(max_length=6)
    read_out_failures = models.PositiveSmallIntegerField(default=0)
    read_out_confirmed_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["callback"],
                condition=Q(state__in=states.LIVE_ATTEMPT),
                name="recovery_one_live_call_a_callback",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(state__in=states.LIVE_ATTEMPT),
                name="recovery_one_live_call_a_number",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.LIVE_ATTEMPT, ended_at__isnull=True)
                | (~Q(state__in=states.LIVE_ATTEMPT) & Q(ended_at__isnull=False)),
                name="recovery_attempt_ended_at_with_its_end",
            ),
            models.CheckConstraint(
                condition=Q(read_out_confirmed_at__isnull=True)
                | Q(read_out_confirmed_at__gte=F("placed_at")),
                name="recovery_read_out_during_the_call",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False), name="recovery_attempt_ended"
            ),
        ]
