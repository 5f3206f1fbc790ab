from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.enums import FreezeReason
from accounts.models.user import User
from common import clock


class FreezeQuerySet(models.QuerySet["Freeze"]):
    def active(self) -> "FreezeQuerySet":
        return self.filter(lifted_at=None, until__gt=clock.now())


class Freeze(models.Model):
    """While it lasts, sign-in details cannot be changed.

    ``changes``: the doubtful ones that it was placed for. For the same ones a request places none again.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="freezes")
    reason = models.CharField(max_length=12)
    changes = ArrayField(models.BigIntegerField(), default=list)
    placed_at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_how = models.CharField(max_length=24, blank=True)
    case = models.BigIntegerField(null=True, blank=True)

    objects = FreezeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in FreezeReason]),
                name="accounts_freeze_reason_is_known",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("placed_at")), name="accounts_freeze_lasts"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_how="") | (Q(lifted_at__isnull=False) & ~Q(lifted_how="")),
                name="accounts_lifted_freeze_says_how",
            ),
        ]
        indexes = [models.Index(fields=["user"], condition=Q(lifted_at=None), name="accounts_freeze_user")]

    def __str__(self) -> str:
        return f"freeze {self.pk} ({self.reason})"
