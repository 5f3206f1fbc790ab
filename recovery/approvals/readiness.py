"""How far a case is from a restore: what was shown, what is still wanted, what would be done."""

from dataclasses import dataclass

from accounts.rollback.plans import Plan
from common.once import once
from recovery.approvals import policies, selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.models import Approval, Case
from recovery.takeover import selectors as takeover_selectors


@dataclass(frozen=True)
class RestoreReadiness:
    """Where a case stands with the policy: what the policies of a restore and of its announcement ask.

    ``is_dispute``: only the caller's word speaks against the change. ``plan``: None where the desk may not
    act on any account.
    """

    passed: frozenset[str]
    needed: int
    suffices: bool
    needs_second_person: bool
    approval: Approval | None
    plan: Plan | None
    is_dispute: bool


@once
def readiness_of(case: Case) -> RestoreReadiness:
    passed, had = evidence_selectors.methods_shown(case), evidence_selectors.had_second_factor(case)
    suffices = evidence_policies.is_enough(passed, had_second_factor=had)
    plan, is_dispute = takeover_selectors.plan_of(case), takeover_selectors.doubt_of(case).is_dispute
    reported = case.fraud_reported_at is not None
    wants_two = policies.needs_second_person(
        passed, adds=bool(case.also_undone), plan=plan, reported=reported
    )
    return RestoreReadiness(
        passed=passed,
        needed=evidence_policies.methods_needed(had_second_factor=had),
        suffices=suffices,
        needs_second_person=suffices and (wants_two or is_dispute),
        approval=selectors.standing_approval(case),
        plan=plan,
        is_dispute=is_dispute,
    )
