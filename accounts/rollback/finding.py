"""The rows that putting an account back would touch."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from accounts.authenticators import registry
from accounts.doubt.activity import UNDO_PERIOD
from accounts.doubt.judgement import NO_CLAIM, Claim, Doubt
from accounts.doubt.selectors import doubt_about
from accounts.models import (
    Authenticator,
    CredentialChange,
    Identifier,
    PendingEmail,
    Session,
    User,
)
from accounts.rollback import companions
from accounts.rollback.companions import Companions
from accounts.states import ChangeState, PendingState
from common import clock


@dataclass(frozen=True)
class Terms:
    """What a restore is asked to do beside undoing what is doubtful.

    ``also``: further changes to undo. ``lost``: authenticators to take out.

    ``keep_password``: only an authenticator was lost, and its owner knows the password. It stays where
    nothing is undone and another factor is left: else the password alone would be the whole account.
    """

    asked_at: datetime | None = None
    claim: Claim = NO_CLAIM
    also: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()
    keep_password: bool = False


ONLY_DOUBTFUL = Terms()


@dataclass(frozen=True)
class Found:
    """The rows that a restore touches."""

    user: User
    doubt: Doubt
    email_now: Identifier | None
    email_then: Identifier | None
    bound: list[Identifier]
    factors_out: list[Authenticator]
    lost: list[Authenticator]
    factors_back: list[Authenticator]
    companions: Companions
    pending: int
    sessions: int
    keeps_password: bool
    changes: list[CredentialChange]
    others: list[CredentialChange]

    @property
    def moves_something(self) -> bool:
        """More than the password, which is void after a restore and then chosen anew."""
        factors = self.factors_out or self.lost or self.factors_back
        return bool(self.email_differs or self.bound or factors or self.companions.move)

    @property
    def email_differs(self) -> bool:
        return self.email_then is not None and (
            self.email_now is None or self.email_now.pk != self.email_then.pk
        )


def find(user: User, terms: Terms) -> Found:
    """What is doubtful is chosen, and what the caller adds; nobody may leave out what is doubtful."""
    doubt = doubt_about(user.pk, asked_at=terms.asked_at, claim=terms.claim)
    since = (terms.asked_at or clock.now()) - UNDO_PERIOD
    changes, others = _changes(user, doubt.change_ids | terms.also, since)
    addresses = list(
        Identifier.objects.filter(user=user, kind="email", rejected=False).order_by("bound_at", "pk")
    )
    bound = {row.identifier_in_id for row in changes}
    gone = {row.identifier_out_id for row in changes}
    kept = [one for one in addresses if one.pk not in bound and (one.removed_at is None or one.pk in gone)]
    factors = list(Authenticator.objects.filter(user=user, rejected=False).order_by("bound_at", "pk"))
    came = {row.authenticator_in_id for row in changes}
    went = {row.authenticator_out_id for row in changes} - came - terms.lost
    return Found(
        user=user,
        doubt=doubt,
        email_now=next((one for one in addresses if one.removed_at is None), None),
        email_then=kept[-1] if kept else None,
        bound=[one for one in addresses if one.pk in bound],
        # Also what was bound and removed again: it must never count as the owner's.
        factors_out=[one for one in factors if one.pk in came],
        lost=[one for one in factors if one.pk in terms.lost and one.pk not in came],
        factors_back=[one for one in factors if one.pk in went and _can_come_back(one, factors, came)],
        companions=companions.find(user, changes),
        pending=_waiting(user),
        sessions=Session.objects.filter(user=user, ended_at=None).count(),
        keeps_password=terms.keep_password and not changes and _has_factor_left(factors, came | terms.lost),
        changes=changes,
        others=others,
    )


def _waiting(user: User) -> int:
    addresses = PendingEmail.objects.filter(user=user, state=PendingState.PENDING)
    changes = CredentialChange.objects.filter(user=user, state=ChangeState.PENDING)
    return addresses.count() + changes.count()


def _changes(
    user: User, chosen: Set[int], since: datetime
) -> tuple[list[CredentialChange], list[CredentialChange]]:
    """The changes to undo, and those since then that could be chosen as well."""
    related = (
        "identifier_in",
        "identifier_out",
        "authenticator_in",
        "authenticator_out",
        "contact_in",
        "contact_out",
    )
    over = (ChangeState.UNDONE, ChangeState.CANCELLED)
    open_ones = CredentialChange.objects.filter(user=user).exclude(state__in=over)
    rows = list(open_ones.select_related(*related).order_by("at", "pk"))
    # What still waits is stopped in any case.
    fixed = (ChangeState.KEPT, ChangeState.PENDING)
    others = [row for row in rows if row.pk not in chosen and row.at >= since and row.state not in fixed]
    return [row for row in rows if row.pk in chosen], others


def _can_come_back(one: Authenticator, factors: list[Authenticator], out: set[int | None]) -> bool:
    others = [row for row in factors if row.kind == one.kind and row.pk not in out]
    return registry.by_kind(one.kind).can_come_back(one, others)


def _has_factor_left(factors: list[Authenticator], out: set[int | None]) -> bool:
    """Does something stay by which the owner signs in beside a password that somebody else may know?"""
    stay = [one for one in factors if one.removed_at is None and one.pk not in out]
    return any(kind.signs_in([one for one in stay if one.kind == kind.kind]) for kind in registry.KINDS)
