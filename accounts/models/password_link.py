from django.db import models
from django.db.models import Q

from accounts.enums import LinkReason
from accounts.models.user import User
from common import clock


class PasswordLinkRequest(models.Model):
    """Somebody has forgotten their password and typed this address. Whose it is, is looked up afterwards.

    So the answer takes as long for an address with an account as for one without. The row goes once it was
    dealt with.
    """

    address = models.EmailField()
    # Where it was asked for: the account's other addresses are told.
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    browser = models.CharField(max_length=120, blank=True, default="", db_default="")
    made_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"request for a password link {self.pk}"


class PasswordLink(models.Model):
    """A link that lets its holder choose a password, once. ``void_at``: used up by another change."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="password_links")
    digest = models.CharField(max_length=64, unique=True)
    why = models.CharField(max_length=12)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    void_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(why__in=[reason.value for reason in LinkReason]),
                name="accounts_link_reason_is_known",
            ),
        ]
        indexes = [models.Index(fields=["user"], name="accounts_password_link_user")]

    def __str__(self) -> str:
        return f"password link {self.pk}"
