"""Freezing: little proof places one, much is needed to undo; nothing of an account is lost by it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import links, policies
from accounts.kinds import FreezeReason
from accounts.models import CredentialChange, Freeze, User
from accounts.services import notices, sessions
from audit.services import record, record_refusal
from common import clock
from common.errors import Denied
from notifications import messages


def check_may_change(user_id: int) -> None:
    """May this person's sign-in details change now? A refusal stays in the trail.

    Raises:
        Denied: a freeze lasts.
    """
    try:
        policies.check_may_change_credentials(user_id)
    except Denied:
        record_refusal("credential.change.refused", account=user_id, details={"reason": "frozen"})
        raise


@transaction.atomic
def place(
    *,
    user_id: int,
    reason: FreezeReason | str,
    since: datetime,
    until: datetime,
    case: int | None = None,
    also_end: Iterable[UUID] = (),
    change: int | None = None,
) -> int:
    """Freeze the sign-in details of one account until ``until``; returns how many sessions were ended.

    ``since`` is where the doubtful time begins: the sessions that began at or after it end, as do those in
    ``also_end``, and authenticators bound at or after it do not sign in while the freeze lasts. A hold,
    which follows a restore, ends no session. The owner's addresses of before are told, with the link of
    ``change`` or of the first change in the doubtful time. Asking again for what already lasts as long
    changes nothing.
    """
    reason = FreezeReason(reason)
    user = User.objects.select_for_update().get(pk=user_id)
    doubtful = reason != FreezeReason.HOLD
    ended = sessions.end_since(user_id=user_id, since=since, also=also_end, reason=reason) if doubtful else 0
    if Freeze.objects.active().filter(user=user, reason=reason, since__lte=since, until__gte=until).exists():
        return ended
    Freeze.objects.create(
        user=user, reason=reason, since=since, placed_at=clock.now(), until=until, case=case
    )
    record(
        "freeze.placed", account=user_id, case=case, details={"reason": reason, "until": until.isoformat()}
    )
    if doubtful:
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
