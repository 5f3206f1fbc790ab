"""Putting an account back: what doubtful changes did is undone, and what they took away comes back.

:func:`plan` reads what would be done, :func:`restore` does exactly that in one transaction. Who may ask for
it is decided by the callers: the desk by its evidence, *This was not me* by a factor older than the change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import owner_notifications, pending_emails, policies
from accounts.authenticators import services as second_factor
from accounts.credentials import former_passwords, password_links
from accounts.doubt.activity import UNDO_PERIOD
from accounts.doubt.judgement import NO_CLAIM, Claim, Doubt
from accounts.doubt.selectors import address_key, doubt_about
from accounts.doubt.signals import Reason
from accounts.enums import AuthenticatorKind, FreezeReason, LinkReason
from accounts.freezes import services as freezes
from accounts.limits import FAMILIAR_AFTER, HOLD
from accounts.models import (
    Authenticator,
    CredentialChange,
    Freeze,
    Identifier,
    KnownBrowser,
    PendingEmail,
    RecoveryCode,
    Session,
    User,
)
from accounts.selectors import BoundAddress
from accounts.sessions import services as sessions
from accounts.states import ChangeState, PendingState
from audit.recording import record
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
class Line:
    """A change of the last 30 days: what it made of what, why it is doubted, and whether it is undone.

    ``before`` and ``after`` are masked addresses or names, "" where there was nothing or nothing is kept.
    """

    id: int
    kind: str
    at: datetime
    before: str
    after: str
    reasons: tuple[Reason, ...]
    chosen: bool


@dataclass(frozen=True)
class Plan:
    """``lines``: every change that could be undone, oldest first.

    ``gives_back_claim``: whether the lost address that the caller names is the account's again.
    """

    user_id: int
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    gives_back_claim: bool
    moves_something: bool


@dataclass(frozen=True)
class Restored:
    """``changes``: how many were undone; ``addresses``: those that count, which may hear the findings."""

    changes: int
    steps: tuple[Step, ...]
    password_link_token: str | None
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """The rows that a restore touches."""

    user: User
    doubt: Doubt
    email_now: Identifier | None
    email_then: Identifier | None
    bound: list[Identifier]
    factors_out: list[Authenticator]
    lost: list[Authenticator]
    factors_back: list[Authenticator]
    pending: int
    sessions: int
    keeps_password: bool
    changes: list[CredentialChange]
    others: list[CredentialChange]

    @property
    def moves_something(self) -> bool:
        """More than the password, which is void after a restore and then chosen anew."""
        return bool(self.email_differs or self.bound or self.factors_out or self.lost or self.factors_back)

    @property
    def email_differs(self) -> bool:
        return self.email_then is not None and (
            self.email_now is None or self.email_now.pk != self.email_then.pk
        )


def plan(
    *,
    user_id: int,
    asked_at: datetime | None = None,
    claim: Claim = NO_CLAIM,
    also: frozenset[int] = frozenset(),
    lost: frozenset[int] = frozenset(),
    keep_password: bool = False,
) -> Plan:
    """What :func:`restore` would do now, in the order in which it does it."""
    found = _find(User.objects.get(pk=user_id), asked_at, claim, also, lost, keep_password)
    reasons = {one.change.id: one.reasons for one in found.doubt.changes}
    chosen = {change.pk for change in found.changes}
    lines = [
        _line(change, reasons.get(change.pk, ()), change.pk in chosen)
        for change in sorted([*found.changes, *found.others], key=lambda one: (one.at, one.pk))
    ]
    then = found.email_then or found.email_now
    lost_address = {key for key in claim.items if key.startswith("email:")}
    gives_back = not lost_address or (then is not None and address_key(then.pk) in lost_address)
    return Plan(user_id, tuple(lines), _steps(found), gives_back, found.moves_something)


def _line(change: CredentialChange, reasons: tuple[Reason, ...], chosen: bool) -> Line:
    def shown(address: Identifier | None, factor: Authenticator | None) -> str:
        return mask(address.value) if address else factor.name if factor else ""

    return Line(
        change.pk,
        change.kind,
        change.at,
        shown(change.identifier_out, change.authenticator_out),
        shown(change.identifier_in, change.authenticator_in),
        reasons,
        chosen,
    )


def _find(
    user: User,
    asked_at: datetime | None,
    claim: Claim,
    also: frozenset[int],
    lost: frozenset[int],
    keep_password: bool,
) -> _Found:
    """What is doubtful is chosen, and what the caller adds; nobody may leave out what is doubtful."""
    doubt = doubt_about(user.pk, asked_at=asked_at, claim=claim)
    chosen = doubt.change_ids | also
    since = (asked_at or clock.now()) - UNDO_PERIOD
    related = ("identifier_in", "identifier_out", "authenticator_in", "authenticator_out")
    open_ones = CredentialChange.objects.filter(user=user).exclude(state=ChangeState.UNDONE)
    rows = list(open_ones.select_related(*related).order_by("at", "pk"))
    changes = [row for row in rows if row.pk in chosen]
    bound = {row.identifier_in_id for row in changes} | {None}
    gone = {row.identifier_out_id for row in changes}
    came = {row.authenticator_in_id for row in changes}
    went = {row.authenticator_out_id for row in changes}
    addresses = list(
        Identifier.objects.filter(user=user, kind="email", rejected=False).order_by("bound_at", "pk")
    )
    kept = [one for one in addresses if one.pk not in bound and (one.removed_at is None or one.pk in gone)]
    factors = list(Authenticator.objects.filter(user=user, rejected=False).order_by("bound_at", "pk"))
    out = came | lost
    return _Found(
        user=user,
        doubt=doubt,
        email_now=next((one for one in addresses if one.removed_at is None), None),
        email_then=kept[-1] if kept else None,
        bound=[one for one in addresses if one.pk in bound],
        # Also what was bound and removed again: it must never count as the owner's.
        factors_out=[one for one in factors if one.pk in came],
        lost=[one for one in factors if one.pk in lost and one.pk not in came],
        factors_back=[
            one for one in factors if one.pk in went - came - lost and _can_come_back(one, factors, came)
        ],
        pending=PendingEmail.objects.filter(user=user, state=PendingState.PENDING).count(),
        sessions=Session.objects.filter(user=user, ended_at=None).count(),
        keeps_password=keep_password and not changes and _has_factor_left(factors, out),
        changes=changes,
        others=[
            row for row in rows if row.pk not in chosen and row.at >= since and row.state != ChangeState.KEPT
        ],
    )


def _can_come_back(one: Authenticator, factors: list[Authenticator], out: set[int | None]) -> bool:
    """Its key is still there; a set of codes only where no younger one of the owner is in use."""
    if one.removed_at is None:
        return False
    if one.kind != AuthenticatorKind.RECOVERY_CODES:
        return one.sealed is not None
    sets = [row for row in factors if row.kind == one.kind and row.pk not in out]
    return not any(row.removed_at is None for row in sets) and one.pk == sets[-1].pk


def _has_factor_left(factors: list[Authenticator], out: set[int | None]) -> bool:
    """Does something stay by which the owner signs in beside a password that somebody else may know?"""
    stay = [one for one in factors if one.removed_at is None and one.pk not in out]
    return any(one.kind == AuthenticatorKind.TOTP for one in stay) or (
        RecoveryCode.objects.filter(authenticator__in=stay, used_at=None).exists()
    )


def _steps(found: _Found) -> tuple[Step, ...]:
    steps: list[Step] = []
    if found.email_differs and found.email_then:
        now = mask(found.email_now.value) if found.email_now else ""
        steps.append(Step("email_back", {"from": now, "to": mask(found.email_then.value)}))
    steps += [
        _factor_step(row, "authenticator_out", "recovery_codes_out")
        for row in found.factors_out
        if row.removed_at is None
    ]
    steps += [_factor_step(row, "authenticator_lost", "recovery_codes_out") for row in found.lost]
    steps += [_factor_step(row, "authenticator_back", "recovery_codes_back") for row in found.factors_back]
    if found.pending:
        steps.append(Step("pending_cancelled", {"count": found.pending}))
    steps.append(Step("password_kept" if found.keeps_password else "password_void"))
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
    asked_at: datetime | None = None,
    claim: Claim = NO_CLAIM,
    also: frozenset[int] = frozenset(),
    lost: frozenset[int] = frozenset(),
    keep_password: bool = False,
    case: int | None = None,
    by: int | None = None,
    password_link_for: Literal["mail", "now"] = "mail",  # noqa: S107 - the way, not a password
    tell: bool = True,
) -> Restored:
    """Undo what is doubtful, and ``also`` these changes; take ``lost`` authenticators out: one transaction.

    The password becomes void whether or not it was changed: whoever came in may know it. A one-time link
    to choose a new one is mailed to the addresses that count, or its token returned for the browser that
    proved itself (``"now"``). ``by`` is the agent; without it the person acts for themselves.

    ``keep_password``: only an authenticator was lost, and its owner knows the password. It stays where
    nothing is undone and another factor is left: else the password alone would be the whole account.

    Raises:
        Stale: the account has been put back a short time ago, and nothing is left to undo.
        Denied: the former address belongs to somebody else by now.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    found = _find(user, asked_at, claim, also, lost, keep_password)
    if not found.moves_something and is_put_back(user_id):
        raise Stale(_("This account has already been put back."))
    # Written down before anything moves: afterwards nobody could tell whom it concerned.
    told = _counting(user_id, found.doubt)
    steps = _steps(found)
    now = clock.now()
    taken_out = _put_address_back(found, now, tell=tell)
    _put_factors_back(found)
    _settle(found, now)
    if not found.keeps_password:
        former_passwords.remember(user)
        user.set_unusable_password()
        user.password_epoch += 1
    user.failed_passwords, user.password_locked_until = 0, None
    user.save(
        update_fields=["email", "password", "password_epoch", "failed_passwords", "password_locked_until"]
    )
    _forget_browsers(found)
    sessions.end_others(user_id=user_id, keep=None, reason="restored")
    freezes.lift(user_id=user_id, how="restored", reasons=tuple(FreezeReason), tell=False)
    freezes.hold(user=user, case=case)
    record(
        "credential.restored",
        account=user_id,
        actor=by,
        case=case,
        details={"what": [step.kind for step in steps], "undone": len(found.changes), "removed": taken_out},
    )
    if tell and (found.doubt.is_strong or not found.lost):
        # Of a lost authenticator the letter tells; this notice speaks of what somebody else has changed.
        owner_notifications.tell_of_restore(user, at=now, told=told, case=case)
    token = None
    if found.keeps_password:
        password_links.void_all(user)
    elif password_link_for == "now":  # noqa: S105
        token = password_links.make(user, LinkReason.RESTORED)
    else:
        password_links.mail(user, LinkReason.RESTORED, addresses=_for_link(user, told), case=case)
    return Restored(len(found.changes), steps, token, tuple(one.value for one in told))


def _counting(user_id: int, doubt: Doubt) -> list[BoundAddress]:
    """The owner's addresses that count as evidence."""
    return [one for one in owner_notifications.owners(user_id, doubt) if doubt.counts(address_key(one.id))]


def _for_link(user: User, told: list[BoundAddress]) -> list[str]:
    """The address to sign in with, if it counts; else all that count. Never one that is in doubt."""
    counting = [one.value for one in told]
    return [user.email] if user.email in counting else counting


@transaction.atomic
def send_link_again(*, user_id: int, case: int | None = None) -> None:
    """The account was put back a short time ago: a new one-time link goes to an address that counts.

    Raises:
        Denied: no address counts, or a doubt freezes the account.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    doubt = doubt_about(user_id)
    told = _counting(user_id, doubt)
    if not told or policies.is_frozen_by_doubt(user_id):
        raise Denied(_("There is no address that the link could be sent to."))
    password_links.mail(user, LinkReason.RESTORED, addresses=_for_link(user, told), case=case)


def is_put_back(user_id: int) -> bool:
    """Was the account restored within the last 72 hours?"""
    return Freeze.objects.active().filter(user=user_id, reason=FreezeReason.HOLD).exists()


def _forget_browsers(found: _Found) -> None:
    """The browsers of doubtful sessions and changes, and whatever was not known for some days."""
    devices = {one.change.trace.device for one in found.doubt.changes}
    doubtful = Session.objects.filter(user=found.user, pk__in=list(found.doubt.sessions))
    devices |= set(doubtful.values_list("device", flat=True))
    young = Q(first_seen_at__gt=clock.now() - FAMILIAR_AFTER)
    KnownBrowser.objects.filter(young | Q(digest__in=devices - {""}), user=found.user).delete()


def _put_address_back(found: _Found, now: datetime, *, tell: bool) -> int:
    """The owner's address signs in again; those of doubtful changes are rejected for good."""
    if found.email_differs and found.email_then:
        owner = Identifier.objects.filter(value=found.email_then.value, removed_at=None)
        if owner.exclude(user=found.user).exists():
            raise Denied(_("The former e-mail address belongs to another account by now."))
        if found.email_now is not None:
            Identifier.objects.filter(pk=found.email_now.pk).update(removed_at=now)
        Identifier.objects.filter(pk=found.email_then.pk).update(removed_at=None)
        found.user.email = found.email_then.value
    count = 0
    for row in found.bound:
        if found.email_then is None and row.removed_at is None:
            continue
        Identifier.objects.filter(pk=row.pk).update(removed_at=row.removed_at or now, rejected=True)
        count += 1
        if tell:
            messages.address_removed(owner_notifications.recipient(found.user, row.value))
    return count


def _put_factors_back(found: _Found) -> None:
    for row in [*found.factors_out, *found.lost]:
        second_factor.reject(found.user, row)
    for row in found.factors_back:
        second_factor.bring_back(found.user, row)


def _settle(found: _Found, now: datetime) -> None:
    for change in found.changes:
        CredentialChange.objects.move(change, ChangeState.UNDONE, settled_at=now)
    pending_emails.cancel(found.user.pk)
