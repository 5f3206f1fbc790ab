from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.transitions import GuardedQuerySet
from recovery import states
from recovery.states import DutyState

GONE_AFTER = timedelta(seconds=60)
"""Without a sign of a page of the console for so long, an agent is not there."""


class Duty(models.Model):
    """Whether an agent can be offered a call right now."""

    TRANSITIONS = states.DUTY

    agent = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="duty")
    state = models.CharField(max_length=10, default=DutyState.OFF)
    since = models.DateTimeField()
    wrap_up_until = models.DateTimeField(null=True)
    # When a page of the console last said that it is open, and from which network; null: signed out since.
    seen_at = models.DateTimeField(null=True)
    seen_from = models.CharField(max_length=49, blank=True)

    objects = GuardedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=DutyState.WRAP_UP, wrap_up_until__isnull=False)
                | (~Q(state=DutyState.WRAP_UP) & Q(wrap_up_until__isnull=True)),
                name="recovery_wrap_up_has_its_end",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(DutyState.FREE, DutyState.OFFERED)) | Q(seen_at__isnull=False),
                name="recovery_who_is_free_was_seen",
            ),
        ]

    def is_gone(self, now: datetime) -> bool:
        """Has no page of the console said for a while that it is open?"""
        return self.seen_at is None or self.seen_at <= now - GONE_AFTER
