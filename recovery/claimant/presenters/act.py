"""What the claimant can do now: type what the agent asks for, or, at the end, what comes next."""

from dataclasses import dataclass
from datetime import datetime

from common import clock
from recovery.claimant.presenters.part import key_of
from recovery.disputes import selectors as dispute_selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.evidence.methods import registry as methods
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.states import CaseState, EvidenceState


@dataclass(frozen=True)
class Question:
    """One thing that the agent has asked for, to be typed on the page."""

    id: int
    method: str
    hint: str
    expires_at: datetime
    left: int


@dataclass(frozen=True)
class Act:
    """What the claimant can do now: type what is asked for, or, at the end, what comes next.

    ``contact_asked``: somebody else is asked, and will call them.
    """

    outcome: str = ""
    questions: tuple[Question, ...] = ()
    passed: tuple[str, ...] = ()
    contact_asked: bool = False
    has_replacement: bool = False
    has_letter: bool = False

    @property
    def key(self) -> str:
        return key_of(self)


def asked_of(case: Case) -> Act:
    if case.state != CaseState.WORKING:
        return Act()  # what was asked is void as soon as the case leaves its agent's hands
    now = clock.now()
    evidence = evidence_selectors.evidence_of(case)

    def question(one: Evidence) -> Question:
        failures = sum(other.failures for other in evidence if other.method == one.method)
        left = evidence_policies.FAILURES_A_METHOD - failures
        hint = methods.by_name(one.method).hint(one.target_masked)
        return Question(one.pk, one.method, hint, one.expires_at, left)

    asked = [one for one in evidence if one.state == EvidenceState.ASKED and one.expires_at > now]
    return Act(
        questions=tuple(question(one) for one in asked if methods.by_name(one.method).is_typed),
        contact_asked=any(not methods.by_name(one.method).is_typed for one in asked),
        passed=tuple(
            str(Method(one.method).label)
            for one in evidence_policies.valid_evidence(evidence, now, case.agent_id)
            if one.state == EvidenceState.PASSED
        ),
    )


def at_the_end(case: Case) -> Act:
    """After a dispute there's no letter, and asking again with more proof is of no use."""
    dispute = dispute_selectors.dispute_of_case(case)
    if dispute is not None and case.state == CaseState.REFUSED:
        return Act(outcome="decided")
    return Act(
        outcome=case.state,
        has_replacement=case.replacement_sealed is not None,
        has_letter=case.state == CaseState.RESTORED and dispute is None,
    )
