"""What a case finds of the account: its claim, the doubt, what a restore would do, what is the owner's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import accounts.selectors
from accounts.authenticators import registry
from accounts.authenticators import selectors as authenticators
from accounts.authenticators.base import BoundAuthenticator
from accounts.doubt.activity import UNDO_PERIOD
from accounts.doubt.judgement import NO_CLAIM, Claim, Doubt
from accounts.doubt.selectors import authenticator_key, claim_to, doubt_about
from accounts.recovery_contacts.selectors import CountingContact, contacts_that_count
from accounts.rollback import plans
from accounts.rollback import services as rollback
from accounts.rollback.finding import Terms
from accounts.rollback.plans import Plan
from accounts.selectors import (
    AccountSummary,
    BoundAddress,
    ChangeSeen,
    SessionSeen,
)
from common import clock
from common.once import once
from recovery.models import Case
from recovery.takeover import findings, policies
from recovery.takeover.findings import Findings

MAX_MOMENTS = 12


@once
def claim_of(case: Case) -> Claim:
    """What the claimant says: the address they typed, where the account has lost it, and what they disown."""
    if case.account_id is None:
        return NO_CLAIM
    return claim_to(case.account_id, case.email, disowned=case.disowned)


@once
def doubt_of(case: Case) -> Doubt:
    """The doubt about the account as this case sees it: for its claim, at the moment of its request."""
    if case.account_id is None:
        return Doubt()
    return doubt_about(case.account_id, asked_at=case.opened_at, claim=claim_of(case))


@once
def findings_of(case: Case) -> Findings:
    """What is found of the account now; of a closed case, what was found when it ended."""
    if case.findings is not None:
        return findings.from_json(case.findings)
    doubt = doubt_of(case)
    return findings.of(case, doubt, plan_of(case), only_lost=is_only_lost(case, doubt))


def is_only_lost(case: Case, doubt: Doubt) -> bool:
    """An authenticator was lost, and neither the portal nor the caller knows of a stranger."""
    if not case.has_lost or case.account_id is None:
        return False
    return not (doubt.is_strong or case.strange_sessions or case.disowned or claim_of(case).items)


def lost_of(case: Case, doubt: Doubt) -> frozenset[int]:
    """The authenticators that a restore takes out as lost.

    Where the agent has named none, all in use that can be lost: but for a takeover, where they may be a
    stranger's.
    """
    if case.account_id is None or not case.has_lost:
        return frozenset()
    if case.lost or not is_only_lost(case, doubt):
        return frozenset(case.lost)
    bound = authenticators.bound_authenticators(case.account_id)
    return frozenset(one.id for one in bound if registry.by_kind(one.kind).can_be_lost)


def terms_of(case: Case) -> Terms:
    doubt = doubt_of(case)
    return Terms(
        asked_at=case.opened_at,
        claim=claim_of(case),
        also=frozenset(case.also_undone),
        lost=lost_of(case, doubt),
        keep_password=case.knows_password and is_only_lost(case, doubt),
    )


@once
def plan_of(case: Case) -> Plan | None:
    """What a restore would do now, or None where the desk may not act on any account."""
    if case.account_id is None or not policies.desk_can_recover(case):
        return None
    return plans.plan(user_id=case.account_id, terms=terms_of(case))


def changes_of(case: Case) -> list[ChangeSeen]:
    since = case.opened_at - UNDO_PERIOD
    return accounts.selectors.changes_since(case.account_id, since) if case.account_id else []


def changes_in(case: Case, sessions: Iterable[UUID]) -> list[int]:
    """The changes of the last 30 days that these sessions made."""
    ids = set(sessions)
    return [one.id for one in changes_of(case) if one.session in ids]


def kind_of_change(case: Case, change_id: int) -> str:
    return next((one.kind for one in changes_of(case) if one.id == change_id), "")


def recent_sessions(case: Case) -> list[SessionSeen]:
    """The sessions of the 30 days before the request and since, the newest first."""
    if case.account_id is None:
        return []
    return accounts.selectors.sessions_of(case.account_id, since=case.opened_at - UNDO_PERIOD)


def losable_of(case: Case, doubt: Doubt) -> list[BoundAuthenticator]:
    """The authenticators that the caller may have lost: their own, as far as anybody knows."""
    if case.account_id is None:
        return []
    since = case.opened_at - UNDO_PERIOD
    return [
        one
        for one in authenticators.all_authenticators(case.account_id)
        if registry.by_kind(one.kind).can_be_lost
        and (one.removed_at is None or one.removed_at >= since)
        and not doubt.is_doubtful(authenticator_key(one.id))
    ]


def is_put_back(case: Case) -> bool:
    """Was the account restored a short time ago, with nothing left to undo? Only its link is sent again."""
    plan = plan_of(case)
    return plan is not None and not plan.moves_something and rollback.is_put_back(plan.user_id)


@dataclass(frozen=True)
class Offerable:
    """What the caller can be asked for: what counts as the owner's and can still be checked.

    ``authenticators`` are by the factor that proves them; without an entry there are none.
    """

    addresses: Sequence[BoundAddress] = ()
    authenticators: Mapping[str, Sequence[BoundAuthenticator]] = field(default_factory=dict)
    contacts: Sequence[CountingContact] = ()

    def ids(self, factor: str) -> list[int]:
        return [one.id for one in self.authenticators.get(factor, ())]


def offerable(case: Case, doubt: Doubt | None = None) -> Offerable:
    if case.account_id is None:
        return Offerable()
    doubt = doubt or doubt_of(case)
    lost = lost_of(case, doubt)
    factors = [
        one for one in authenticators.authenticators_that_count(case.account_id, doubt) if one.id not in lost
    ]
    return Offerable(
        addresses=accounts.selectors.addresses_that_count(case.account_id, doubt),
        authenticators={
            str(kind.factor): of_kind
            for kind in registry.KINDS
            if (of_kind := [one for one in factors if one.kind == kind.kind])
        },
        contacts=contacts_that_count(case.account_id, doubt, asked_at=case.opened_at, asked_by=case.email),
    )


def account_of(case: Case) -> AccountSummary | None:
    if case.account_id is None:
        return None
    return accounts.selectors.summary(case.account_id)


@dataclass(frozen=True)
class Changed:
    """That and when an account changed, and nothing else of it."""

    count: int
    moments: Sequence[datetime]


def changed(case: Case) -> Changed:
    """How often the sign-in details of the account changed in the 30 days before the request, and since."""
    if case.account_id is None:
        return Changed(0, ())
    since = case.opened_at - timedelta(days=30)
    until = case.wrap_up_ended_at or clock.now()
    at = [one.at for one in accounts.selectors.changes_since(case.account_id, since) if one.at <= until]
    return Changed(len(at), at[-MAX_MOMENTS:])
