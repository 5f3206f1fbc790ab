from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from common import clock, codes
from common.transitions import GuardedQuerySet
from recovery import passphrases, states
from recovery.models.case import Case
from recovery.states import AttemptState, CallbackState

TURN = ("lane", "priority", Coalesce("turn_at", "due_at"), "unfamiliar", "pk")
"""Who is called first. What the claimants' pages say leaves out what only the portal knows (outlook)."""


class Callback(models.Model):
    """A place in the queue: call this number when it is due."""

    TRANSITIONS = states.CALLBACK

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="callback")
    state = models.CharField(max_length=12, default=CallbackState.WAITING)
    number = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    region = models.CharField(max_length=2, default="")
    # 0 is called first. Requests of a network that asked for many, and of those who waited before, go behind.
    lane = models.PositiveSmallIntegerField(default=0)
    # What the request is moved back with when one of these asks for more (recovery.cases.admission).
    networks = ArrayField(models.CharField(max_length=49), default=list)
    # The fingerprint of the browser's cookie, until the case ends: does the account know it, do staff use it?
    browser = models.CharField(max_length=64, blank=True)
    # The narrowest network of each browser that asked, and who of the desk uses that browser or is signed in
    # from there: they are never offered this call, and it goes to somebody else (recovery.insiders).
    came_from = ArrayField(models.CharField(max_length=49), default=list)
    from_staff = ArrayField(models.BigIntegerField(), default=list)
    # Asked from neither a browser nor a network in which the account was used before. Never shown.
    unfamiliar = models.BooleanField(default=True)
    # Earlier than ``due_at``: the place of the first request about the same account, made by strangers.
    # Never shown.
    turn_at = models.DateTimeField(null=True)
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

    objects = GuardedQuerySet.as_manager()

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
                fields=["number"], condition=Q(state__in=states.BUSY), name="recovery_one_call_a_number"
            ),
            models.CheckConstraint(
                condition=(Q(agent__isnull=True) | ~Q(from_staff__contains=[F("agent")]))
                & (Q(offered_to__isnull=True) | ~Q(from_staff__contains=[F("offered_to")])),
                name="recovery_nobody_works_on_what_came_from_their_own_desk",
            ),
        ]
        indexes = [
            models.Index(
                *("lane", "priority", Coalesce("turn_at", "due_at"), "unfamiliar", "id"),
                condition=Q(state=CallbackState.WAITING),
                name="recovery_callback_waiting",
            ),
            models.Index(
                fields=["number"],
                condition=Q(state__in=states.OPEN_CALLBACK),
                name="recovery_callback_open_number",
            ),
            models.Index(
                fields=["offer_expires_at"],
                condition=Q(state=CallbackState.OFFERED),
                name="recovery_callback_offered",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=states.IN_LINE),
                name="recovery_callback_in_line",
            ),
            models.Index(
                fields=["due_at"], include=["lane", "priority", "language"], name="recovery_callback_due"
            ),
        ]

    def turn(self) -> tuple[int, int, datetime, bool, int]:
        """Sorts as the queue does."""
        return (self.lane, self.priority, self.turn_at or self.due_at, self.unfamiliar, self.pk)

    def is_due_at(self, moment: datetime) -> bool:
        """Would moving the call to ``moment`` change nothing? Who is due already is not due once more."""
        now = clock.now()
        return self.due_at == moment == self.chosen_at or (moment <= now and self.due_at <= now)

    def renew_secrets(self, **changes: Any) -> None:
        """Other words and another code for the next call, different from those of the same number."""
        open_ones = Callback.objects.filter(number=self.number, state__in=states.OPEN_CALLBACK)
        taken = set(open_ones.values_list("read_out", flat=True))
        fresh = next(code for code in iter(lambda: codes.digits(6), "") if code not in taken)
        Callback.objects.filter(pk=self.pk).update(
            words=passphrases.pair(self.language), read_out=fresh, **changes
        )

    def passed(self, agent_id: int, at: datetime) -> dict[str, Any]:
        """The columns that say that this agent, too, let the call go on to somebody else."""
        return {"passed_by": [*(one for one in self.passed_by if one != agent_id), agent_id], "passed_at": at}


class CallSpending(models.Model):
    """How many calls were placed to one region on one day: what calls may cost has an end."""

    region = models.CharField(max_length=2)
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "day"], name="recovery_calls_are_counted_once"),
        ]


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

    objects = GuardedQuerySet.as_manager()

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
