from django.db import models

from accounts.models.authenticator import Authenticator


class AuthenticatorFailures(models.Model):
    """Wrong codes in a row for one authenticator, counted apart by where they came from.

    ``source`` is a known browser, a network or the whole of the strangers since the last change of the
    password, the desk, or the page of a notice (see ``accounts.authenticators.throttling``). Counted
    together, a stranger who knows the password could put the owner's authenticators out of use for good.
    """

    authenticator = models.ForeignKey(Authenticator, on_delete=models.CASCADE, related_name="failures")
    source = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authenticator", "source"], name="accounts_failures_counted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"failures of authenticator {self.authenticator_id}"
