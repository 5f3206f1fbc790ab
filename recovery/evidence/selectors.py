"""What the caller has shown."""

from accounts.authenticators import selectors as authenticators
from accounts.doubt.selectors import claim_to, doubt_about
from common import clock
from common.once import once
from recovery.evidence import policies
from recovery.evidence.methods import registry as methods
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.takeover import selectors as takeover_selectors


@once
def evidence_of(case: Case) -> list[Evidence]:
    return list(case.evidence.order_by("asked_at"))


def methods_shown(case: Case) -> frozenset[str]:
    """By which methods the caller has shown something that counts at this moment."""
    valid = policies.valid_evidence(evidence_of(case), clock.now(), case.agent_id)
    return frozenset(one.method for one in valid)


def had_second_factor(case: Case) -> bool:
    return case.account_id is not None and authenticators.had_second_factor(case.account_id)


def is_enough_shown(case: Case) -> bool:
    return policies.is_enough(methods_shown(case), had_second_factor=had_second_factor(case))


@once
def proves_older(case: Case, change_id: int) -> bool:
    """Has the caller shown something that was theirs before this change, and that counts without it?"""
    if case.account_id is None:
        return False
    claim = claim_to(case.account_id, case.email, disowned={*case.disowned, change_id})
    doubt = doubt_about(case.account_id, asked_at=case.opened_at, claim=claim)
    change = next((one for one in takeover_selectors.changes_of(case) if one.id == change_id), None)
    if change is None:
        return False
    keys = [
        methods.by_name(one.method).item_key(one.target)
        for one in policies.valid_evidence(evidence_of(case), clock.now(), case.agent_id)
        if one.target is not None
    ]
    shown = [doubt.standings[key] for key in keys if key in doubt.standings]
    return any(one.item.bound_at < change.at and not doubt.is_doubtful(one.item.key) for one in shown)


def failures_of(case: Case, method: Method | str) -> int:
    return sum(one.failures for one in case.evidence.filter(method=method))
