"""How far a case is from a restore: what was shown, what is still wanted."""

from dataclasses import dataclass

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
    passed, had = evidence_selectors.methods_shown(case), evidence_selectors.had_second_factor(case)
    suffices = evidence_policies.is_enough(passed, had_second_factor=had)
    adds, planned = bool(case.also_undone), takeover_selectors.plan_of(case)
    return RestoreReadiness(
        passed=passed,
        needed=evidence_policies.methods_needed(had_second_factor=had),
        had_second_factor=had,
        suffices=suffices,
        needs_second_person=suffices
        and (
            policies.needs_second_person(passed, adds=adds, plan=planned)
            or takeover_selectors.doubt_of(case).is_dispute
        ),
        approval=selectors.standing_approval(case),
    )
