"""Addresses that wait to be confirmed: cancelled by whatever else happens to the account's sign-in details.

Who changes the password, an authenticator or ends other sessions means: nobody else shall change anything. A
stranger's link, asked for an hour before, must not still change the address then.
"""

from collections.abc import Iterable
from uuid import UUID

from accounts.enums import IdentifierKind
from accounts.models import PendingEmail
from accounts.states import PendingState
from audit.recording import record

_ACTIONS = {
    IdentifierKind.EMAIL: "credential.email.change_cancelled",
    IdentifierKind.NOTICE: "credential.notice_address.cancelled",
}


def cancel(
    user_id: int, *, sessions: Iterable[UUID] | None = None, kind: IdentifierKind | None = None
) -> int:
    """Cancel what waits (only what these sessions asked for, or of this kind), in the caller's transaction.

    Returns how many.

    Guarded by the row's state: of this and a confirmation at the same moment, one wins.
    """
    waiting = PendingEmail.objects.filter(user=user_id, state=PendingState.PENDING)
    if sessions is not None:
        waiting = waiting.filter(session__in=list(sessions))
    cancelled = 0
    for one, action in _ACTIONS.items():
        if kind in (None, one):
            count = waiting.filter(kind=one).update(state=PendingState.CANCELLED)
            cancelled += count
            if count:
                record(action, account=user_id)
    return cancelled
