"""Wrong codes: counted apart for each source, so that nobody uses up the tries of somebody else.

At most 100 failures in a row (NIST SP 800-63B-4 section 3.2.2) hold for each source. All browsers that the
account does not know are one source together, for as long as the password stays the same: who learned it
has 100 tries in all, from however many networks, and a new password gives the owner a new count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from accounts import policies
from accounts.models import Authenticator, AuthenticatorFailures, KnownBrowser, User
from common import clock
from common.errors import Throttled
from common.network import neighbourhood_of


@dataclass(frozen=True)
class Source:
    """``paced``: after some failures each next try here waits longer. ``total``: only the end is counted."""

    paced: str = ""
    total: str = ""

    @property
    def names(self) -> list[str]:
        return [name for name in (self.paced, self.total) if name]


DESK = Source(total="desk")
NOTICE = Source(total="notice")


def source_of(user: User, known: KnownBrowser | None, address: str | None) -> Source:
    strangers = f"password {user.password_epoch}"
    if known is not None:
        return Source(paced=f"{strangers}, browser {known.pk}")
    return Source(paced=f"{strangers}, network {neighbourhood_of(address)}", total=strangers)


def check(rows: Sequence[Authenticator], source: Source) -> tuple[list[Authenticator], set[int]]:
    """Which of these may be tried now from this source, and the ids of those with failures to :func:`clear`.

    Raises:
        Throttled: none, though there are some.
    """
    now = clock.now()
    counted = list(AuthenticatorFailures.objects.filter(authenticator__in=rows, source__in=source.names))
    waits = _waits(counted, source, now)
    allowed = [row for row in rows if row.pk not in waits]
    if rows and not allowed:
        soonest = min((until for until in waits.values() if until is not None), default=None)
        if soonest is None:
            raise Throttled(
                _(
                    "Too many wrong codes have been entered since the password was last changed. "
                    "Sign in from a browser you’ve used before, or choose a new password first."
                ),
                3600,
            )
        raise Throttled(
            _("Too many wrong codes. Wait a moment, then try again."),
            int((soonest - now).total_seconds()) + 1,
        )
    return allowed, {failures.authenticator_id for failures in counted}


def _waits(
    counted: Iterable[AuthenticatorFailures], source: Source, now: datetime
) -> dict[int, datetime | None]:
    """Until when each of those that may not be tried now has to wait; None: no waiting helps."""
    waits: dict[int, datetime | None] = {}
    for failures in counted:
        if policies.is_used_up(failures.count):
            waits[failures.authenticator_id] = None
        elif failures.source == source.paced:
            until = policies.waits_until(failures.count, failures.failed_at)
            if until is not None and until > now:
                waits.setdefault(failures.authenticator_id, until)
    return waits


def add(rows: Iterable[Authenticator], source: Source) -> None:
    """A code was wrong for all of these; the caller's transaction holds their locks."""
    now = clock.now()
    tried = [row.pk for row in rows]
    counted = AuthenticatorFailures.objects.filter(authenticator__in=tried, source__in=source.names)
    there = set(counted.values_list("authenticator", "source"))
    counted.update(count=F("count") + 1, failed_at=now)
    AuthenticatorFailures.objects.bulk_create(
        AuthenticatorFailures(authenticator_id=pk, source=name, count=1, failed_at=now)
        for pk in tried
        for name in source.names
        if (pk, name) not in there
    )


def clear(authenticator_id: int, source: Source) -> None:
    """A code was right: here the failures begin anew, elsewhere they stand."""
    AuthenticatorFailures.objects.filter(authenticator=authenticator_id, source__in=source.names).delete()
