"""Ending sessions. What is ended here is gone at once: the browser's next request finds no session."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.sessions.models import Session as Stored
from django.db import transaction
from django.db.models import QuerySet

from accounts import pending_changes
from accounts.models import CredentialChange, Session
from accounts.signals import session_ended
from audit.recording import record
from common import clock

# These end a session that was the person's own and did nothing wrong: what it asked for may go on.
ORDINARY = frozenset({"signed_out", "replaced", "idle", "too_long"})


@transaction.atomic
def end_one(*, user_id: int, session_id: UUID, reason: str = "ended_by_owner") -> bool:
    """End one session of this person; False where there is none that still lives."""
    return bool(_end(Session.objects.filter(user=user_id, pk=session_id), reason))


@transaction.atomic
def end_others(
    *,
    user_id: int,
    keep: UUID | None,
    reason: str = "ended_by_owner",
    but: CredentialChange | None = None,
) -> int:
    """End every session of this person but ``keep``; returns how many.

    What waits is cancelled, but for what was asked for beside the change ``but``, whose time has come.
    """
    pending_changes.cancel(user_id, but=but)
    rows = Session.objects.filter(user=user_id)
    return _end(rows.exclude(pk=keep) if keep else rows, reason, but)


@transaction.atomic
def end_named(*, user_id: int, ids: Iterable[UUID | str], reason: str) -> int:
    """End these sessions of this person, as far as they live; returns how many."""
    return _end(Session.objects.filter(user=user_id, pk__in=list(ids)), reason)


@transaction.atomic
def run_out(*, session_id: UUID, reason: str) -> None:
    """The time of one session is over."""
    _end(Session.objects.filter(pk=session_id), reason)


@transaction.atomic
def expire(rows: QuerySet[Session], reason: str) -> int:
    """End the sessions in ``rows`` whose time is over; returns how many."""
    return _end(rows, reason)


def _end(rows: QuerySet[Session], reason: str, but: CredentialChange | None = None) -> int:
    now = clock.now()
    ending = list(rows.filter(ended_at=None).select_for_update().order_by("pk"))
    if not ending:
        return 0
    Stored.objects.filter(session_key__in=[row.key for row in ending if row.key]).delete()
    ids = [row.pk for row in ending]
    Session.objects.filter(pk__in=ids).update(ended_at=now, end_reason=reason, key=None)
    if reason not in ORDINARY:
        # A stranger's session must not leave something behind that still changes how the owner signs in.
        for user_id in {row.user_id for row in ending}:
            pending_changes.cancel(user_id, sessions=ids, but=but)
    for row in ending:
        action = "session.expired" if reason in {"idle", "too_long"} else "session.ended"
        details = (
            {"reason": reason} if action == "session.expired" else {"session": str(row.pk), "reason": reason}
        )
        record(action, account=row.user_id, details=details)
        session_ended.send(Session, user_id=row.user_id, session_id=row.pk, reason=reason)
    return len(ending)


def change_key(*, user_id: int, session_id: UUID, key: str) -> bool:
    """The browser goes on under a new key; False where the session has ended."""
    living = Session.objects.filter(pk=session_id, user=user_id, ended_at=None)
    return living.update(key=key) == 1
