from django.db import models

from accounts.models.user import User
from common import clock


class EnrolmentLink(models.Model):
    """A link by which an imported person sets up their first authenticator, together with their password.

    ``session``: the one that was begun with the link and the password. It alone may set something up.
    ``void_at``: another of these links was used.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolment_links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)
    session = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at=None, session=None)
                | models.Q(used_at__isnull=False, session__isnull=False),
                name="accounts_enrolment_link_used_by_a_session",
            ),
        ]
        indexes = [models.Index(fields=["user"], name="accounts_enrolment_link_user")]

    def __str__(self) -> str:
        return f"enrolment link {self.pk}"
