"""Writing down a change of sign-in details: the row, the event, the notices, the signal; all or none.

A change takes effect at once, or, where a risky session asks for it, after 24 hours
(:func:`change_now_or_later`): until then every address and session of the owner can stop it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from accounts import owner_notifications, pending_changes
from accounts.doubt.selectors import risk_here
from accounts.limits import RISKY_CHANGE_WAIT
from accounts.models import Authenticator, CredentialChange, Identifier, RecoveryContact, Session, User
from accounts.signals import credential_changed
from accounts.states import ChangeState
from accounts.words import ChangeType
from audit import context
from audit.recording import record
from common import clock, encryption

T = TypeVar("T")


@dataclass(frozen=True)
class AskedBy:
    """Who asked for a change: which session, and the row that has waited for its time, where one has."""

    session: UUID | None = None
    waited: CredentialChange | None = None


@dataclass(frozen=True)
class Waiting:
    """What was asked for takes effect at ``until``."""

    until: datetime


# Makes a change from the plain values that it is made of.
Apply = Callable[[User, Mapping[str, Any], AskedBy], T]


def change_now_or_later(
    *,
    user: User,
    change_type: ChangeType,
    data: Mapping[str, Any],
    apply: Apply[T],
    shown: str = "",
    session: UUID | None = None,
) -> T | Waiting:
    """Make the change by ``apply``, or let it wait, inside the caller's transaction.

    ``data`` is kept sealed while it waits: plain values, fit for JSON. ``shown`` is what pages and mails may
    show of it, an address masked. Whoever calls has asked before whether anything may change.
    """
    asked = AskedBy(session or context.current().session)
    if not settings.GUARD_RISKY_SESSIONS or not _is_risky(user, asked.session):
        return apply(user, data, asked)
    return _wait(user, change_type, data, shown, asked.session)


def _is_risky(user: User, session: UUID | None) -> bool:
    """Since the sign-in, or as the present request comes. Where nobody is signed in nobody is at risk."""
    if session is None:
        return False
    return Session.objects.filter(pk=session, is_risky=True).exists() or risk_here(user.pk).is_high


def _wait(
    user: User, change_type: ChangeType, data: Mapping[str, Any], shown: str, session: UUID | None
) -> Waiting:
    pending_changes.check_can_wait(user.pk)
    change = _new(user, change_type, session)
    change.state, change.shown = ChangeState.PENDING, shown
    change.waits_until = change.at + RISKY_CHANGE_WAIT
    change.payload = encryption.seal(dict(data))
    change.save()
    record(
        "credential.change.waiting",
        account=user.pk,
        details={"what": change_type.kind, "until": change.waits_until.isoformat(), "change": change.pk},
    )
    change.notices = owner_notifications.notify_of_waiting_change(change, shown)
    change.told_at = None if change.notices else change.at
    change.save(update_fields=["notices", "told_at"])
    return Waiting(change.waits_until)


def record_change(
    *,
    user: User,
    change_type: ChangeType,
    details: Mapping[str, Any],
    shown: str = "",
    asked: AskedBy | None = None,
    identifier_in: Identifier | None = None,
    identifier_out: Identifier | None = None,
    authenticator_in: Authenticator | None = None,
    authenticator_out: Authenticator | None = None,
    contact_in: RecoveryContact | None = None,
    contact_out: RecoveryContact | None = None,
    tell: bool = True,
) -> CredentialChange:
    """Write the change down inside the caller's transaction. ``shown`` is what its notice says beside it."""
    asked = asked or AskedBy()
    change = asked.waited or _new(user, change_type, asked.session)
    pending_changes.cancel(user.pk, but=change)
    change.at = _moment(identifier_in or authenticator_in, identifier_out or authenticator_out)
    change.identifier_in, change.identifier_out = identifier_in, identifier_out
    change.authenticator_in, change.authenticator_out = authenticator_in, authenticator_out
    change.contact_in, change.contact_out = contact_in, contact_out
    change.notices, change.told_at = [], None
    change.save()
    record(change_type.action, account=user.pk, details={**details, "change": change.pk})
    if tell:
        change.notices = owner_notifications.notify_of_change(change, change_type.detail, shown)
    change.told_at = None if change.notices else change.at
    change.save(update_fields=["notices", "told_at"])
    credential_changed.send(CredentialChange, user_id=user.pk, change_id=change.pk, kind=change_type.kind)
    return change


def _new(user: User, change_type: ChangeType, session: UUID | None) -> CredentialChange:
    """A change that is asked for now, by whoever acts now."""
    here = context.current()
    return CredentialChange(
        user=user,
        kind=change_type.kind,
        session=session or here.session,
        address=here.origin.address,
        country=here.origin.country[:2],
        browser=here.origin.browser[:120],
        device=here.device,
    )


def _moment(came: Identifier | Authenticator | None, went: Identifier | Authenticator | None) -> datetime:
    """When the change was made: no later than what came with it was bound, and what went was removed.

    The clock runs on between one row and the next, and nothing of a change is older than the change.
    """
    moments = [clock.now(), came.bound_at if came else None, went.removed_at if went else None]
    return min(moment for moment in moments if moment is not None)
