"""What waits before it changes how somebody signs in, cancelled by whatever else happens to the account.

Two things wait: a new address, until its owner confirms it, and each change that was asked for in a risky
session, for 24 hours. Who changes the password, an authenticator or ends other sessions means: nobody else
shall change anything. A stranger's change, asked for an hour before, must not still come into force then.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.enums import IdentifierKind
from accounts.models import CredentialChange, PendingEmail
from accounts.states import ChangeState, PendingState
from audit.recording import record
from common import clock
from common.errors import Denied

MAX_WAITING = 5
"""Each is told to every address: more of them at a time would only bury the first."""


def check_can_wait(user_id: int) -> None:
    """
    Raises:
        Denied: enough changes of this account wait already.
    """
    if CredentialChange.objects.filter(user=user_id, state=ChangeState.PENDING).count() >= MAX_WAITING:
        raise Denied(_("Several changes are already waiting. Cancel one of them first."))


def cancel(
    user_id: int,
    *,
    sessions: Iterable[UUID] | None = None,
    but: CredentialChange | None = None,
    stopped: bool = False,
) -> int:
    """Cancel what waits (only what these sessions asked for), in the caller's transaction; returns how many.

    Guarded by the rows' states: of this and a confirmation at the same moment, one wins. ``but``: the change
    whose time has come; what its session asked for beside it goes on waiting. ``stopped``: a freeze is why. A
    change that it stops stays in doubt, until somebody answers for it.
    """
    addresses = PendingEmail.objects.filter(user=user_id, state=PendingState.PENDING)
    changes = CredentialChange.objects.filter(user=user_id, state=ChangeState.PENDING)
    if sessions is not None:
        asked_by = list(sessions)
        addresses, changes = addresses.filter(session__in=asked_by), changes.filter(session__in=asked_by)
    if but is not None and but.pk is not None:
        changes = changes.exclude(session=but.session)
    return _cancel_addresses(addresses, user_id) + _end(changes, stopped=stopped)


def cancel_address(user_id: int, kind: IdentifierKind) -> int:
    """Cancel the address of this kind that waits to be confirmed, and nothing else; returns how many."""
    waiting = PendingEmail.objects.filter(user=user_id, kind=kind, state=PendingState.PENDING)
    return _cancel_addresses(waiting, user_id)


_CANCELLED = {
    IdentifierKind.EMAIL: "credential.email.change_cancelled",
    IdentifierKind.NOTICE: "credential.notice_address.cancelled",
}


def _cancel_addresses(addresses: QuerySet[PendingEmail], user_id: int) -> int:
    cancelled = 0
    for kind, action in _CANCELLED.items():
        count = addresses.filter(kind=kind).update(state=PendingState.CANCELLED)
        cancelled += count
        if count:
            record(action, account=user_id)
    return cancelled


def _end(changes: QuerySet[CredentialChange], *, stopped: bool) -> int:
    ended = 0
    for pk, user_id, kind in changes.values_list("pk", "user", "kind"):
        waiting = CredentialChange.objects.filter(pk=pk, state=ChangeState.PENDING)
        if stopped:
            moved = waiting.update(state=ChangeState.STOPPED, payload=None)
        else:
            moved = waiting.update(state=ChangeState.CANCELLED, payload=None, settled_at=clock.now())
        if moved:
            action = "credential.change.stopped" if stopped else "credential.change.cancelled"
            record(action, account=user_id, details={"what": kind, "change": pk})
            ended += 1
    return ended
