"""Writing down a change of sign-in details: the row, the event, the notices, the signal; all or none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import owner_notifications, pending_emails
from accounts.models import Authenticator, CredentialChange, Identifier, RecoveryContact, User
from accounts.signals import credential_changed
from accounts.words import ChangeType
from audit import context
from audit.recording import record
from common import clock


def record_change(
    *,
    user: User,
    change_type: ChangeType,
    details: Mapping[str, Any],
    shown: str = "",
    session: UUID | None = None,
    identifier_in: Identifier | None = None,
    identifier_out: Identifier | None = None,
    authenticator_in: Authenticator | None = None,
    authenticator_out: Authenticator | None = None,
    contact_in: RecoveryContact | None = None,
    contact_out: RecoveryContact | None = None,
    tell: bool = True,
) -> CredentialChange:
    """Write the change down inside the caller's transaction. ``shown`` is what its notice says beside it."""
    now = context.current()
    pending_emails.cancel(user.pk)
    change = CredentialChange.objects.create(
        user=user,
        kind=change_type.kind,
        at=_moment(identifier_in or authenticator_in, identifier_out or authenticator_out),
        session=session or now.session,
        address=now.origin.address,
        country=now.origin.country[:2],
        browser=now.origin.browser[:120],
        device=now.device,
        identifier_in=identifier_in,
        identifier_out=identifier_out,
        authenticator_in=authenticator_in,
        authenticator_out=authenticator_out,
        contact_in=contact_in,
        contact_out=contact_out,
    )
    record(change_type.action, account=user.pk, details={**details, "change": change.pk})
    if tell:
        change.notices = owner_notifications.notify_of_change(change, change_type.detail, shown)
    change.told_at = None if change.notices else change.at
    change.save(update_fields=["notices", "told_at"])
    credential_changed.send(CredentialChange, user_id=user.pk, change_id=change.pk, kind=change_type.kind)
    return change


def _moment(came: Identifier | Authenticator | None, went: Identifier | Authenticator | None) -> datetime:
    """When the change was made: no later than what came with it was bound, and what went was removed.

    The clock runs on between one row and the next, and nothing of a change is older than the change.
    """
    moments = [clock.now(), came.bound_at if came else None, went.removed_at if went else None]
    return min(moment for moment in moments if moment is not None)
