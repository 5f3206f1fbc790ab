"""Addresses that wait to be confirmed: cancelled by whatever else happens to the account's sign-in details.

Who changes the password, an authenticator or ends other sessions means: nobody else shall change anything. A
stranger's link, asked for an hour before, must not still change the address then.
"""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import PendingEmail
from accounts.states import PendingState
from audit.recording import record


def cancel(user_id: int, *, sessions: Iterable[UUID] | None = None) -> int:
    """Cancel what waits (only what these sessions asked for), in the caller's transaction; returns how many.

    Guarded by the row's state: of this and a confirmation at the same moment, one wins.
    """
    waiting = PendingEmail.objects.filter(user=user_id, state=PendingState.PENDING)
    if sessions is not None:
        waiting = waiting.filter(session__in=list(sessions))
    cancelled = waiting.update(state=PendingState.CANCELLED)
    if cancelled:
        record("credential.email.change_cancelled", account=user_id)
    return cancelled
