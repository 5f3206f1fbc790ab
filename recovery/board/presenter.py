"""What the page of one dispute shows to who decides: both sides beside each other, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

import accounts.selectors
from accounts import change_types
from accounts.authenticators import registry
from accounts.authenticators.selectors import all_authenticators
from accounts.doubt.selectors import address_key, authenticator_key
from accounts.doubt.words import REASONS
from common.email_addresses import mask
from common.errors import refusal_of
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.disputes import policies as dispute_policies
from recovery.models import Dispute
from recovery.models.dispute import ContestedBy
from recovery.models.evidence import Method
from recovery.states import DisputeState
from recovery.takeover import findings


@dataclass(frozen=True)
class Shown:
    """One thing that a side has shown: ``items`` are what it was, each with when it was set up."""

    what: str
    items: Sequence[tuple[str, datetime]]
    shown_at: datetime | None


@dataclass(frozen=True)
class Disputed:
    kind: str
    before: str
    after: str
    at: datetime
    country: str
    browser: str
    reasons: Sequence[str | Promise]
    disputed: bool


def line(dispute: Dispute) -> dict[str, Any]:
    """One row of the list on the board."""
    return {
        "dispute": dispute,
        "email": mask(dispute.case.email),
        "state": sentences.DISPUTE[DisputeState(dispute.state)],
        "tone": sentences.DISPUTE_TONE.get(DisputeState(dispute.state), "off"),
    }


def claimants(dispute: Dispute) -> list[Shown]:
    """What the claimant showed when the restore was announced."""
    return [
        Shown(
            str(Method(fact["method"]).label),
            [(one["what"], datetime.fromisoformat(one["bound_at"])) for one in fact["items"]],
            datetime.fromisoformat(fact["shown_at"]) if fact["shown_at"] else None,
        )
        for fact in dispute.evidence
    ]


def contesters(dispute: Dispute) -> Shown | None:
    """How it was contested, and by what; None where nobody has."""
    if dispute.contested_at is None:
        return None
    known = {
        address_key(one.id): (one.masked, one.bound_at)
        for one in accounts.selectors.all_addresses(dispute.account_id)
    }
    known |= {
        authenticator_key(one.id): (one.name or registry.by_kind(one.kind).words.item(""), one.bound_at)
        for one in all_authenticators(dispute.account_id)
    }
    item = known.get(dispute.contested_item)
    return Shown(str(ContestedBy(dispute.contested_how).label), [item] if item else [], dispute.contested_at)


def changes(dispute: Dispute) -> list[Disputed]:
    """What the restore would undo, as it was judged when the restore was announced."""
    found = findings.from_json(dispute.findings)
    return [
        Disputed(
            str(change_types.by_kind(one.kind).desk),
            one.before,
            one.after,
            one.at,
            one.country,
            one.browser,
            [REASONS[reason] for reason in one.reasons],
            one.id in dispute.changes,
        )
        for one in found.changes
        if one.chosen
    ]


def refusal(dispute: Dispute, person: int) -> str:
    """Why this person may not decide now, "" where they may."""
    worked = case_selectors.who_worked_on(dispute.case)
    return refusal_of(dispute_policies.check_can_decide_dispute, dispute, person, worked=worked)
