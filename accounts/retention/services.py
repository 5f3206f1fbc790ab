"""What time does by itself: sessions run out, and what undo no longer needs is destroyed."""

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.authenticators import registry
from accounts.limits import ABSOLUTE_SESSION, UNDO_PERIOD, UNVERIFIED_SESSION
from accounts.models import Authenticator, KnownBrowser, Session
from accounts.roles import Role
from accounts.sessions import services as sessions
from accounts.sessions.store import SessionStore
from accounts.signals import undo_needed
from audit.recording import record
from common import browser_cookie, clock


def expire_sessions() -> int:
    """End the sessions that were idle or lasted too long; returns how many."""
    now = clock.now()
    idle = Q(seen_at__lt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS))
    staff_idle = ~Q(user__role=Role.USER) & Q(
        seen_at__lt=now - timedelta(seconds=settings.STAFF_SESSION_IDLE_SECONDS)
    )
    unverified = Q(verified_at=None, started_at__lt=now - UNVERIFIED_SESSION)
    too_long = Q(started_at__lt=now - ABSOLUTE_SESSION)
    open_rows = Session.objects.filter(ended_at=None)
    ended = sessions.expire(open_rows.filter(too_long), "too_long")
    ended += sessions.expire(open_rows.filter(idle | staff_idle | unverified), "idle")
    SessionStore.clear_expired()
    return ended


@transaction.atomic
def shred() -> int:
    """Destroy the keys and codes of what was removed more than 30 days ago; returns how many entries.

    What somebody still needs, whose case waits since before then, is kept until it ends.
    Browsers whose cookie has run out are forgotten, too.
    """
    KnownBrowser.objects.filter(last_seen_at__lt=clock.now() - browser_cookie.LIFE).delete()
    cut = clock.now() - UNDO_PERIOD
    needed: set[int] = set()
    for _receiver, accounts in undo_needed.send(Authenticator):
        needed.update(cast("list[int]", accounts))
    old = Authenticator.objects.filter(removed_at__lt=cut).exclude(user__in=needed)
    count = sum(kind.shred(old.filter(kind=kind.kind)) for kind in registry.KINDS)
    if count:
        record("account.snapshots_shredded", details={"count": count})
    return count
