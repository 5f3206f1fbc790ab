from django.db import models

from accounts.models.user import User
from common import clock


class KnownBrowser(models.Model):
    """A browser in which this person has signed in with both factors, known by a cookie of its own.

    It proves nothing and opens nothing. Tries from it are counted apart, so that strangers who use up those
    of an address, a network or an account do not keep its owner out (OWASP: device cookies). ``digest`` is
    the fingerprint of the cookie; ``failures`` counts wrong passwords in a row from here.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_browsers")
    digest = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "user"], name="accounts_browser_known_once"),
        ]

    def __str__(self) -> str:
        return f"known browser {self.pk}"
