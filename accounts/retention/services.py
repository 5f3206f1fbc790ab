"""What time does by itself: sessions run out, and what undo no longer needs is destroyed."""

from typing import cast

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.authenticators import registry
from accounts.limits import UNDO_PERIOD, UNVERIFIED_SESSION, session_limits
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
    open_rows = Session.objects.filter(ended_at=None)
    unverified = Q(verified_at=None, started_at__lt=now - UNVERIFIED_SESSION)
    ended = sessions.expire(open_rows.filter(unverified), "idle")
    for staff in (False, True):
        limits = session_limits(staff=staff)
        theirs = open_rows.exclude(user__role=Role.USER) if staff else open_rows.filter(user__role=Role.USER)
        shown = theirs.annotate(shown=Coalesce("factor_at", "started_at"))
        ended += sessions.expire(shown.filter(shown__lt=now - limits.whole), "too_long")
        ended += sessions.expire(theirs.filter(seen_at__lt=now - limits.idle), "idle")
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
