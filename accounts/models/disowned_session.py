from django.db import models
from django.db.models import F, Q

from accounts.models.session import Session
from common import clock


class DisownedSession(models.Model):
    """*This was not me*, said of a sign-in by a link of its notice: once for each session.

    ``confirmed_at``: its owner has shown that it was theirs after all.
    """

    session = models.OneToOneField(
        Session, on_delete=models.PROTECT, primary_key=True, related_name="disowned"
    )
    at = models.DateTimeField(default=clock.now)
    evidence_failures = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("at")),
                name="accounts_disowned_before_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"disowned session {self.pk}"
