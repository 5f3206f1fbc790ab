"""Putting an account back to how it was before a moment.

:func:`plan` reads what would be done, :func:`restore` does exactly that in one transaction. Who may ask for
it is decided by the callers: the desk by its evidence, *This was not me* by a factor bound before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.kinds import AuthenticatorKind, FreezeReason, LinkReason
from accounts.limits import HOLD
from accounts.models import (
    Authenticator,
    CredentialChange,
    Freeze,
    Identifier,
    KnownBrowser,
    PendingEmail,
    Session,
    User,
)
from accounts.selectors import addresses_of_last_days
from accounts.services import freeze, notices, password_links, second_factor, sessions
from accounts.states import ChangeState, PendingState
from audit.services import record
from common import clock
from common.email_addresses import mask
from common.errors import Denied, Stale
from notifications import messages

# The letter names each kind in words: one list for both.
StepKind = messages.Repair


@dataclass(frozen=True)
class Step:
    """One line of the plan. ``data`` is fit to show: masked addresses, names, counts, moments."""

    kind: StepKind
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    user_id: int
    since: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Restored:
    """``changes``: how many were undone; ``addresses``: those of before, which may hear the findings."""

    changes: int
    steps: tuple[Step, ...]
    password_link_token: str | None
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """The rows that a restore touches."""

    user: User
    email_now: Identifier | None
    email_before: Identifier | None
    bound_since: list[Identifier]
    factors_out: list[Authenticator]
    factors_back: list[Authenticator]
    pending: int
    sessions: int
    changes: list[CredentialChange]

    @property
    def email_differs(self) -> bool:
        return self.email_before is not None and (
            self.email_now is None or self.email_now.pk != self.email_before.pk
        )


def plan(*, user_id: int, since: datetime) -> Plan:
    """What :func:`restore` would do now, in the order in which it does it."""
    found = _find(User.objects.get(pk=user_id), since)
    return Plan(user_id, since, _steps(found))


def _find(user: User, since: datetime) -> _Found:
    identifiers = list(Identifier.objects.filter(user=user, kind="email").order_by("bound_at", "pk"))
    before = [row for row in identifiers if row.bound_at < since and not row.rejected]
    factors = list(Authenticator.objects.filter(user=user).order_by("bound_at", "pk"))
    return _Found(
        user=user,
        email_now=next((row for row in identifiers if row.removed_at is None), None),
        email_before=next((row for row in before if row.removed_at is None or row.removed_at >= since), None),
        bound_since=[row for row in identifiers if row.bound_at >= since and not row.rejected],
        # Also what was bound and removed again inside: it must never count as the owner's.
        factors_out=[row for row in factors if row.bound_at >= since and not row.rejected],
        factors_back=[
            row
            for row in factors
            if row.bound_at < since
            and row.removed_at is not None
            and row.removed_at >= since
            and not row.rejected
            and (row.kind == AuthenticatorKind.RECOVERY_CODES or row.sealed is not None)
        ],
        pending=PendingEmail.objects.filter(user=user, state=PendingState.PENDING).count(),
        sessions=Session.objects.filter(user=user, ended_at=None).count(),
        changes=list(
            CredentialChange.objects.filter(user=user, at__gte=since)
            .exclude(state=ChangeState.UNDONE)
            .order_by("pk")
        ),
    )


def _steps(found: _Found) -> tuple[Step, ...]:
    steps: list[Step] = []
    if found.email_differs and found.email_before:
        now = mask(found.email_now.value) if found.email_now else ""
        steps.append(Step("email_back", {"from": now, "to": mask(found.email_before.value)}))
    steps += [
        _factor_step(row, "authenticator_out", "recovery_codes_out")
        for row in found.factors_out
        if row.removed_at is None
    ]
    steps += [_factor_step(row, "authenticator_back", "recovery_codes_back") for row in found.factors_back]
    if found.pending:
        steps.append(Step("pending_cancelled", {"count": found.pending}))
    steps.append(Step("password_void"))
    steps.append(Step("sessions_ended", {"count": found.sessions}))
    steps.append(Step("hold", {"hours": int(HOLD.total_seconds()) // 3600}))
    return tuple(steps)


def _factor_step(row: Authenticator, totp: StepKind, recovery: StepKind) -> Step:
    data = {"id": row.pk, "name": row.name, "bound_at": row.bound_at, "removed_at": row.removed_at}
    return Step(totp if row.kind == AuthenticatorKind.TOTP else recovery, data)


@transaction.atomic
def restore(
    *,
    user_id: int,
    since: datetime,
    case: int | None = None,
    by: int | None = None,
    password_link_for: Literal["mail", "now"] = "mail",  # noqa: S107 - the way, not a password
    tell: bool = True,
) -> Restored:
    """Put the account back to before ``since``: one transaction, at most once for one moment.

    The password becomes void whether or not it was changed: whoever came in may know it. A one-time link
    to choose a new one is mailed to the address of before, or its token returned for the browser that
    proved itself (``"now"``). ``by`` is the agent; without it the person acts for themselves.

    Raises:
        Stale: the account was already put back to before this moment.
        Denied: the former address belongs to somebody else by now.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if _is_put_back(user, since):
        raise Stale(_("This account has already been put back to the time before."))
    # Written down before anything moves: afterwards nobody could tell whom it concerned.
    told = [address for address in addresses_of_last_days(user_id) if address.bound_at < since]
    found = _find(user, since)
    steps = _steps(found)
    now = clock.now()
    taken_out = _put_address_back(found, now, tell=tell)
    _put_factors_back(found)
    _settle(found, now)
    user.set_unusable_password()
    user.password_epoch += 1
    user.failed_passwords, user.password_locked_until = 0, None
    user.save(
        update_fields=["email", "password", "password_epoch", "failed_passwords", "password_locked_until"]
    )
    KnownBrowser.objects.filter(user=user, first_seen_at__gte=since).delete()
    sessions.end_others(user_id=user_id, keep=None, reason="restored")
    freeze.lift(user_id=user_id, how="restored", reasons=tuple(FreezeReason), tell=False)
    freeze.place(user_id=user_id, reason=FreezeReason.HOLD, since=since, until=now + HOLD, case=case)
    record(
        "credential.restored",
        account=user_id,
        actor=by,
        case=case,
        details={"what": [step.kind for step in steps], "since": since.isoformat(), "removed": taken_out},
    )
    if tell:
        notices.tell_of_restore(user, at=now, told=told, case=case)
    token = None
    if password_link_for == "now":  # noqa: S105
        token = password_links.make(user, LinkReason.RESTORED)
    else:
        password_links.mail(user, LinkReason.RESTORED, case=case)
    return Restored(len(found.changes), steps, token, tuple(address.value for address in told))


def _is_put_back(user: User, since: datetime) -> bool:
    """Was the account put back to before ``since``, or to a later moment before which nothing was changed?"""
    holds = Freeze.objects.filter(user=user, reason=FreezeReason.HOLD, placed_at__gt=since)
    if holds.filter(since__lte=since).exists():
        return True
    left = CredentialChange.objects.filter(user=user, at__gte=since).exclude(state=ChangeState.UNDONE)
    return holds.exists() and not left.exists()


def _put_address_back(found: _Found, now: datetime, *, tell: bool) -> int:
    """The address of before becomes the one to sign in with; those bound inside are rejected for good."""
    if found.email_differs and found.email_before:
        owner = Identifier.objects.filter(value=found.email_before.value, removed_at=None)
        if owner.exclude(user=found.user).exists():
            raise Denied(_("The former e-mail address belongs to another account by now."))
        if found.email_now is not None:
            Identifier.objects.filter(pk=found.email_now.pk).update(removed_at=now)
        Identifier.objects.filter(pk=found.email_before.pk).update(removed_at=None)
        found.user.email = found.email_before.value
    count = 0
    for row in found.bound_since:
        if found.email_before is None and row.removed_at is None:
            continue
        Identifier.objects.filter(pk=row.pk).update(removed_at=row.removed_at or now, rejected=True)
        count += 1
        if tell:
            messages.address_removed(notices.recipient(found.user, row.value))
    return count


def _put_factors_back(found: _Found) -> None:
    for row in found.factors_out:
        second_factor.reject(found.user, row)
    for row in found.factors_back:
        second_factor.bring_back(found.user, row)


def _settle(found: _Found, now: datetime) -> None:
    for change in found.changes:
        CredentialChange.objects.move(change, ChangeState.UNDONE, settled_at=now)
    pending = PendingEmail.objects.filter(user=found.user, state=PendingState.PENDING)
    if pending.update(state=PendingState.CANCELLED):
        record("credential.email.change_cancelled", account=found.user.pk)
