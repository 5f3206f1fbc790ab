"""Two people: one asks, another decides. Written into the schema, not only into an ``if``.

An approval is about the evidence that had passed and the plan as it was when it was asked for. It dies with
them: what was looked at is what is done, or somebody looks again.
"""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit.recording
from common import clock, live
from common.errors import Denied, Stale
from recovery import insiders, lifecycle, states
from recovery.approvals import policies, readiness, selectors
from recovery.approvals.plans import plan_fingerprint
from recovery.cases import policies as case_policies
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.models import Approval, Case
from recovery.states import ApprovalState
from recovery.takeover import policies as takeover_policies
from recovery.takeover import selectors as takeover_selectors


@transaction.atomic
def request(*, case: Case, agent_id: int, reason: str) -> Approval:
    """The agent asks for the second person, once the evidence suffices.

    Raises:
        Denied: not yet, or no second person is needed.
        Stale: it has been asked for already.
    """
    case = lifecycle.lock_case(case.pk)
    case_policies.check_works_on(case, agent_id)
    takeover_policies.check_desk_can_recover(case)
    ready = readiness.readiness_of(case)
    policies.check_can_request(suffices=ready.suffices, needs_second_person=ready.needs_second_person)
    planned = takeover_selectors.plan_of(case)
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                case=case,
                requested_by_id=agent_id,
                requested_at=clock.now(),
                reason=reason,
                evidence=sorted(_passed(case)),
                plan=plan_fingerprint(planned) if planned else "",
            )
    except IntegrityError:
        raise Stale(_("This has already been requested.")) from None
    audit.recording.record("approval.requested", account=case.account_id, case=case.pk)
    _tell(approval)
    return approval


def decide(*, approval: Approval, by: int, approve: bool, reason: str = "") -> None:
    """The second person approves, or declines with a reason.

    Raises:
        Denied: this person may not decide it, or gave no reason to decline.
        Stale: it has been decided or withdrawn in the meantime, or what it is about has changed.
    """
    withdraw_if_dead(case_id=approval.case_id)
    if not approve and not reason.strip():
        raise Denied(_("Give a reason for declining, so the agent knows what’s missing."))
    _decide(approval, by, approve=approve, reason="" if approve else reason)


@transaction.atomic
def _decide(approval: Approval, by: int, *, approve: bool, reason: str) -> None:
    # Whoever takes the case, asks anew or hands it back waits, or was first and is seen here.
    case = lifecycle.lock_case(approval.case_id)
    approval.refresh_from_db()
    approval.case = case
    if approval.state != ApprovalState.REQUESTED:
        raise Stale(_("This has already been decided."))
    policies.check_can_decide(approval, by)
    if insiders.is_insider(case.callback, by):
        raise Denied(insiders.refusal())
    if _is_dead(approval, case):
        raise Stale(_("The evidence or the restore plan has changed. The agent must ask again."))
    Approval.objects.move(
        approval,
        ApprovalState.APPROVED if approve else ApprovalState.DECLINED,
        decided_by_id=by,
        decided_at=clock.now(),
        decline_reason=reason,
        worked_by=case.worked_by,
    )
    audit.recording.record(
        "approval.approved" if approve else "approval.declined",
        account=case.account_id,
        case=case.pk,
    )
    _tell(approval)


@transaction.atomic
def withdraw_if_dead(*, case_id: int) -> bool:
    """Take back the approval of an open case if its evidence or its plan is no longer what it names.

    Of a case that is closed it tells what was decided.
    """
    case = lifecycle.lock_case(case_id)
    approval = selectors.standing_approval(case) if case.is_open else None
    if approval is None or not _is_dead(approval, case):
        return False
    lifecycle.withdraw_approval(case)
    return True


def withdraw_dead() -> int:
    """What time, or somebody in the account, has changed since it was asked for. Returns how many."""
    standing = Approval.objects.filter(state__in=states.STANDING_APPROVAL, case__closed_at=None)
    return sum(withdraw_if_dead(case_id=case) for case in standing.values_list("case", flat=True))


def check_still_holds(case: Case) -> None:
    """What was approved is what would be done now. Inside the transaction that holds the case.

    Raises:
        Denied: evidence that was approved counts no more, or the plan is another.
    """
    approval = selectors.standing_approval(case)
    if approval is None or approval.state != ApprovalState.APPROVED or _is_dead(approval, case):
        raise Denied(_("The evidence or the restore plan has changed since it was approved. Ask again."))


def _is_dead(approval: Approval, case: Case) -> bool:
    if not _passed(case).issuperset(approval.evidence):
        return True
    planned = takeover_selectors.plan_of(case)
    return planned is None or plan_fingerprint(planned) != approval.plan


def _passed(case: Case) -> set[int]:
    evidence = evidence_selectors.evidence_of(case)
    return {one.pk for one in evidence_policies.valid_evidence(evidence, clock.now(), case.agent_id)}


def _tell(approval: Approval) -> None:
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{approval.case_id}")
    live.publish_on_commit(f"agent:{approval.requested_by_id}")
