"""How far a case is from a restore: what was shown, what is still wanted."""

from dataclasses import dataclass

import accounts.selectors
from common import clock
from common.once import once
from recovery.approvals import policies, selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.models import Approval, Case
from recovery.takeover import selectors as takeover_selectors


@dataclass(frozen=True)
class RestoreReadiness:
    """Where a case stands with the policy: what was shown, what is still wanted."""

    passed: frozenset[str]
    needed: int
    had_second_factor: bool
    suffices: bool
    needs_second_person: bool
    approval: Approval | None


@once
def readiness_of(case: Case) -> RestoreReadiness:
    passed = frozenset(
        one.method
        for one in evidence_policies.valid_evidence(
            evidence_selectors.evidence_of(case), clock.now(), case.agent_id
        )
    )
    had = case.account_id is not None and accounts.selectors.had_second_factor(case.account_id)
    suffices = evidence_policies.is_enough(set(passed), had_second_factor=had)
    two = suffices and (
        policies.needs_second_person(
            set(passed), adds=bool(case.also_undone), plan=takeover_selectors.plan_of(case)
        )
        or takeover_selectors.doubt_of(case).is_dispute
    )
    return RestoreReadiness(
        passed=passed,
        needed=evidence_policies.methods_needed(had_second_factor=had),
        had_second_factor=had,
        suffices=suffices,
        needs_second_person=two,
        approval=selectors.standing_approval(case),
    )
