"""The right column: what was shown, what would be done, and what may be done now.

Every button asks the same policy as the write behind it, so a page offers nothing that would be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from common import clock
from common.errors import refusal_of
from recovery.approvals import policies as approval_policies
from recovery.approvals import readiness
from recovery.calls import selectors as call_selectors
from recovery.cases import policies as case_policies
from recovery.console import sentences
from recovery.console.presenters import evidence
from recovery.console.presenters.evidence import EvidenceOption
from recovery.console.sentences import PlanStep
from recovery.disputes import selectors as dispute_selectors
from recovery.evidence import policies as evidence_policies
from recovery.models import Approval, Case
from recovery.restoration import selectors as restoration_selectors
from recovery.states import CaseState, EvidenceState


@dataclass(frozen=True)
class CaseActions:
    """``ask_refusal``, ``restore_refusal``: why evidence can't be asked for, or the account restored, now;
    "" where it can. ``reachable``: whether what is left can still be enough.
    """

    options: Sequence[EvidenceOption]
    passed: int
    needed: int
    reachable: bool
    ask_refusal: str
    second_person: bool
    approval: Approval | None
    approval_state: str
    can_request_approval: bool
    plan: Sequence[PlanStep]
    gives_up: bool
    restore_refusal: str
    in_hand: bool
    disputed: bool
    contestable: bool
    reported: bool

    @property
    def suffices(self) -> bool:
        return self.passed >= self.needed

    @property
    def first(self) -> EvidenceOption | None:
        """What the agent goes on with: one more to ask for, else the one that the caller is answering."""
        asked = [one for one in self.options if one.state == EvidenceState.ASKED]
        shown = {one.method for one in self.options if one.state == EvidenceState.PASSED}
        fresh = [one for one in self.options if one.is_fresh and one.method not in shown]
        enough = len(shown | {one.method for one in asked}) >= self.needed
        return next(iter(asked if enough and asked else fresh), asked[0] if asked else None)

    @property
    def key(self) -> str:
        """What the column shows, in short: another key, another column."""
        shown = "-".join(f"{one.target or ''}{one.state}{one.failures}{one.usable:d}" for one in self.options)
        may = (
            self.ask_refusal,
            self.restore_refusal,
            self.disputed,
            self.contestable,
            self.gives_up,
            self.reported,
        )
        return f"{shown}-{self.passed}-{self.approval_state}-{''.join(f'{bool(one):d}' for one in may)}"


def actions_of(case: Case, person: int, *, concealed: bool = False) -> CaseActions:
    ready, in_hand = readiness.readiness_of(case), case_policies.works_on(case, person)
    options = [] if concealed else evidence.options(case)
    kinds = {one.method for one in options if one.usable or one.state == EvidenceState.PASSED}
    approval = ready.approval or case.approvals.order_by("-requested_at").first()
    disputed = case.state == CaseState.WORKING and ready.is_dispute
    plan = ready.plan if case.is_open and not concealed else None
    return CaseActions(
        options=options,
        passed=len(ready.passed),
        needed=ready.needed,
        reachable=len(kinds) >= ready.needed,
        ask_refusal=_ask_refusal(case, person),
        second_person=ready.needs_second_person,
        approval=approval,
        approval_state=approval.state if approval else "",
        can_request_approval=in_hand and ready.needs_second_person and ready.approval is None,
        plan=[sentences.plan_step(one) for one in plan.steps] if plan else [],
        gives_up=approval_policies.gives_up(plan),
        restore_refusal=announce_refusal(case, person) if disputed else restore_refusal(case, person),
        in_hand=in_hand,
        disputed=disputed,
        contestable=not refusal_of(dispute_selectors.check_can_contest_now, case, person),
        reported=case.fraud_reported_at is not None,
    )


def _ask_refusal(case: Case, person: int) -> str:
    attempt = call_selectors.confirmed_attempt(case)
    return refusal_of(evidence_policies.check_can_ask, case, person, attempt, clock.now())


def restore_refusal(case: Case, person: int) -> str:
    return refusal_of(restoration_selectors.check_can_restore_now, case, person)


def announce_refusal(case: Case, person: int) -> str:
    return refusal_of(dispute_selectors.check_can_announce_now, case, person)
