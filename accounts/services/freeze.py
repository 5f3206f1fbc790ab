"""Freezing: little proof places one, much is needed to undo; nothing of an account is lost by it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import links
from accounts.kinds import FreezeReason
from accounts.models import CredentialChange, Freeze, User
from accounts.services import notices, sessions
from audit.services import record
from common import clock
from notifications import messages


@transaction.atomic
def place(
    *,
    user_id: int,
    reason: FreezeReason,
    since: datetime,
    until: datetime,
    case: int | None = None,
    end_sessions_since: datetime | None = None,
    also_end: Iterable[UUID] = (),
    change: int | None = None,
) -> int:
    """Freeze the sign-in details of one account until ``until``; returns how many sessions were ended.

    ``since`` is where the doubtful time begins: authenticators bound at or after it do not sign in while
    the freeze lasts. Only the sessions that began at or after ``end_sessions_since``, and those in
    ``also_end``, end. The addresses of before ``since`` are told, with the link of ``change`` or of the
    first change in the doubtful time. Asking again for what already lasts as long changes nothing.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    ended = 0
    if end_sessions_since is not None:
        ended = sessions.end_since(user_id=user_id, since=end_sessions_since, also=also_end, reason=reason)
    lasting = Freeze.objects.active().filter(user=user, reason=reason, since__lte=since, until__gte=until)
    if lasting.exists():
        return ended
    Freeze.objects.create(
        user=user, reason=reason, since=since, placed_at=clock.now(), until=until, case=case
    )
    record(
        "freeze.placed", account=user_id, case=case, details={"reason": reason, "until": until.isoformat()}
    )
    if reason != FreezeReason.HOLD:
        first = change or _first_change(user_id, since)
        link = links.not_me(first) if first else links.absolute("help")
        notices.tell_of_freeze(user, since=since, until=until, why=_why(reason), link=link)
    return ended


def _why(reason: FreezeReason) -> messages.FreezeReason:
    return "call" if reason == FreezeReason.CALL else "objection"


def _first_change(user_id: int, since: datetime) -> int | None:
    changes = CredentialChange.objects.filter(user=user_id, at__gte=since).order_by("at", "id")
    return changes.values_list("pk", flat=True).first()


@transaction.atomic
def lift(
    *,
    user_id: int,
    how: str,
    reasons: Collection[FreezeReason] = (FreezeReason.CALL, FreezeReason.OBJECTION),
    case: int | None = None,
    tell: bool = True,
) -> int:
    """Lift the freezes of these reasons (of one case only, where it is named); returns how many."""
    rows = Freeze.objects.active().filter(user=user_id, reason__in=list(reasons))
    if case is not None:
        rows = rows.filter(case=case)
    lifting = list(rows.select_for_update().order_by("pk"))
    if not lifting:
        return 0
    now = clock.now()
    Freeze.objects.filter(pk__in=[row.pk for row in lifting]).update(lifted_at=now, lifted_how=how)
    record("freeze.lifted", account=user_id, case=case, details={"how": how})
    if tell:
        notices.tell_of_lifting(User.objects.get(pk=user_id), at=now, since=min(row.since for row in lifting))
    return len(lifting)
