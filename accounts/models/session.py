import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models.user import User
from common import clock


class Session(models.Model):
    """A browser that is, or was, signed in. ``key`` is what Django's table keeps of its key while it lives,
    else null: a hash, by which nobody gets in.

    A session without ``verified_at`` has given the password only and reaches nothing but the page that
    asks for the second factor.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    key = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - unique while it lives
    started_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    verified_at = models.DateTimeField(null=True, blank=True)
    # When a factor was last shown: the first time and at each step-up.
    factor_at = models.DateTimeField(null=True, blank=True)
    factor = models.CharField(max_length=16, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    browser = models.CharField(max_length=120, blank=True)
    # The fingerprint of the browser's cookie: whether a browser is the one that was there before.
    device = models.CharField(max_length=64, blank=True, default="")
    # What was strange about it when the second factor was shown (accounts.doubt.signals.Reason).
    is_risky = models.BooleanField(default=False)
    risk_reasons = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="")
                | (Q(ended_at__isnull=False, key=None) & ~Q(end_reason="")),
                name="accounts_ended_session_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(is_risky=False) | ~Q(risk_reasons=[]), name="accounts_risky_session_says_why"
            ),
        ]
        indexes = [models.Index(fields=["user", "-started_at"], name="accounts_session_user")]

    def __str__(self) -> str:
        return f"session {self.pk}"
