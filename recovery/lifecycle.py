"""Cases: opened by a claimant, protected at once, ended by one of six outcomes."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

import accounts.freezes.services
import accounts.selectors
import audit.recording
from common import clock, live
from common.jobs import enqueue_once_on_commit
from recovery import current_work, insiders, letters, states
from recovery.models import Approval, CallAttempt, Callback, Case, Dispute, Duty, Evidence
from recovery.models.case import RefusalReason
from recovery.states import (
    ApprovalState,
    AttemptState,
    CallbackState,
    CaseState,
    DisputeState,
    DutyState,
    EvidenceState,
)
from recovery.takeover import findings
from recovery.takeover import selectors as takeover_selectors


def lock_callback(case_id: int) -> Callback:
    """Lock a case's place in line until the transaction ends.

    Whatever changes more than one row of a case takes this lock first, then calls, case and duty: in one
    order, two changes at once wait for each other and never for ever.
    """
    return Callback.objects.select_for_update().get(case=case_id)


def lock_case(case_id: int) -> Case:
    """Lock a case behind its place in line, with what services ask of it."""
    lock_callback(case_id)
    rows = Case.objects.select_for_update(of=("self",)).select_related("account", "agent", "callback")
    return rows.get(pk=case_id)


def lock_number(number: str) -> list[Callback]:
    """Lock the places in line of everybody who waits for a call to this number, in one order."""
    return list(
        Callback.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(number=number, state__in=states.OPEN_CALLBACK)
        .order_by("pk")
    )


def switch_call(attempt: CallAttempt, *, to: Callback, ends: CaseState) -> None:
    """The call that is under way goes on for another request for the same number; the first one ends.

    Inside the caller's transaction, which holds the number (:func:`lock_number`).
    """
    first = Case.objects.select_related("callback").get(callback=attempt.callback_id)
    void_evidence(first)
    Callback.objects.move(first.callback, CallbackState.CANCELLED)
    # The agent has another case in hand now: there is nothing to write up.
    _close(first, ends, wrap_up=False)
    Callback.objects.filter(case=first).update(browser="")
    offered_to = to.offered_to_id
    Callback.objects.move(
        to, CallbackState.ASSIGNED, agent_id=attempt.agent_id, offered_to=None, offer_expires_at=None
    )
    if offered_to:
        free_agent(offered_to)
    Case.objects.move(
        to.case,
        CaseState.WORKING,
        agent_id=attempt.agent_id,
        worked_by=to.case.and_worked_by(attempt.agent_id),
    )
    CallAttempt.objects.filter(pk=attempt.pk).update(callback=to, words=to.words, read_out=to.read_out)
    attempt.refresh_from_db()
    to.renew_secrets(tries=to.tries + 1)
    audit.recording.record(
        "call.switched", account=to.case.account_id, case=to.case_id, details={"from": first.reference}
    )
    notify_number(to.number)
    live.publish_on_commit("desk")
    for case in (first, to.case):
        live.publish_on_commit(f"case:{case.pk}")
    live.publish_on_commit(f"agent:{attempt.agent_id}")


def notify_number(number: str) -> None:
    """The pages of everybody who waits for a call to this number look again."""
    waiting = Callback.objects.filter(number=number, state__in=states.OPEN_CALLBACK)
    for case_id in waiting.values_list("case", flat=True):
        live.publish_on_commit(f"case:{case_id}")


def requeue(case: Case, *, passed_by: int | None, due_at: datetime | None = None) -> bool:
    """From an agent's hands back into the queue, inside the caller's transaction.

    Returns whether that broke off a conversation.
    """
    callback = lock_callback(case.pk)
    live_calls = list(_live_calls(case))
    for attempt in live_calls:
        end_call(attempt, AttemptState.CANCELLED)
    void_evidence(case)
    changes: dict[str, object] = {"agent": None}
    if passed_by is not None:
        changes |= callback.passed(passed_by, clock.now())
    if due_at is not None:
        changes |= {"due_at": due_at, "turn_at": None}
    Callback.objects.move(callback, CallbackState.WAITING, **changes)
    Case.objects.move(case, CaseState.WAITING, agent=None)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    return any(attempt.answered_at for attempt in live_calls)


def void_evidence(case: Case) -> None:
    """Evidence and approvals die when the case changes hands or ends."""
    voided = Evidence.objects.filter(case=case, state__in=(EvidenceState.ASKED, EvidenceState.PASSED)).update(
        state=EvidenceState.VOIDED, digest=""
    )
    if voided:
        audit.recording.record(
            "evidence.voided", account=case.account_id, case=case.pk, details={"count": voided}
        )
    withdraw_approval(case)


def withdraw_approval(case: Case, *, naming: Collection[int] | None = None) -> None:
    """What was approved, or was to be, is not what would be done any more.

    ``naming``: only an approval that names one of these pieces of evidence.
    """
    standing = Approval.objects.filter(case=case, state__in=states.STANDING_APPROVAL)
    if naming is not None:
        standing = standing.filter(evidence__overlap=list(naming))
    if standing.update(state=ApprovalState.WITHDRAWN):
        audit.recording.record("approval.withdrawn", account=case.account_id, case=case.pk)
        # Whoever may decide sees it go, and so does the agent who asked.
        live.publish_on_commit("desk")
        live.publish_on_commit(f"case:{case.pk}")
        live.publish_on_commit(f"agent:{case.agent_id}")


def close_case(case: Case, to: CaseState, callback_to: CallbackState) -> None:
    """End a case and its place in line, whatever it was doing, inside the caller's transaction.

    What rings is broken off. A conversation goes on until somebody says that it has ended: until then its
    agent is busy and the claimant's page says who is talking.
    """
    callback = lock_callback(case.pk)
    offered_to = callback.offered_to_id
    for attempt in _live_calls(case).exclude(state=AttemptState.TALKING):
        end_call(attempt, AttemptState.CANCELLED)
    worked = Case.objects.get(pk=case.pk)
    if worked.state != CaseState.DISPUTED:  # then nobody is called for it any more
        Callback.objects.move(callback, callback_to, offered_to=None, offer_expires_at=None, browser="")
    agent = worked.agent_id if worked.state == CaseState.WORKING else None
    _close(case, to, wrap_up=agent is not None)
    if to != CaseState.RESTORED:
        void_evidence(case)
    if offered_to:
        free_agent(offered_to)
    if agent:
        release_agent(agent, wrap_up=True)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


def set_aside(case: Case, agent_id: int) -> None:
    """The restore was announced and waits: the agent is done with the case, which is not closed.

    Inside the caller's transaction, which holds the case. The conversation may go on.
    """
    Callback.objects.move(case.callback, CallbackState.DONE, offered_to=None, offer_expires_at=None)
    Case.objects.move(case, CaseState.DISPUTED)
    release_agent(agent_id, wrap_up=True)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")


def _close(case: Case, to: CaseState, *, wrap_up: bool) -> None:
    """Keep what was found, close the case, and let its freeze go on only where it is still needed."""
    now = clock.now()
    if case.findings is None and case.account_id is not None:
        case.findings = findings.to_json(takeover_selectors.findings_of(case))
    Case.objects.move(
        case, to, closed_at=now, wrap_up_ended_at=None if wrap_up else now, findings=case.findings
    )
    dispute = Dispute.objects.filter(case=case).first()
    if dispute is not None and dispute.is_open:
        Dispute.objects.move(dispute, DisputeState.WITHDRAWN, ended_at=now)
        audit.recording.record("dispute.withdrawn", account=case.account_id, case=case.pk)
        letters.tell_of_dispute(case, "withdrawn")
    ends = _ENDS_FREEZE.get(to) or _REFUSAL_ENDS_FREEZE.get(case.refusal)
    if case.account_id is not None and ends:
        others = Case.objects.filter(account=case.account_id, state__in=states.OPEN_CASE).exclude(pk=case.pk)
        heir = others.order_by("pk").values_list("pk", flat=True).first() if dispute is None else None
        accounts.freezes.services.end_with_case(user_id=case.account_id, case=case.pk, how=ends, heir=heir)


_ENDS_FREEZE = {CaseState.WITHDRAWN: "withdrawn", CaseState.SUPERSEDED: "superseded"}
_REFUSAL_ENDS_FREEZE: dict[str, str] = {
    RefusalReason.NOT_NEEDED: "not_needed",
    RefusalReason.ABUSE: "not_needed",
    RefusalReason.DISPUTED: "decided",
}
"""Who could not be reached, or could not show to be the owner, leaves the freeze as it is, for its 8 days."""


def _live_calls(case: Case) -> QuerySet[CallAttempt]:
    return CallAttempt.objects.filter(callback__case=case, state__in=states.LIVE_ATTEMPT)


def end_call(attempt: CallAttempt, to: AttemptState) -> None:
    """A call is over, whoever ends it: always in the trail, and where the case is closed, the wrap-up begins.

    Inside the caller's transaction.
    """
    CallAttempt.objects.move(attempt, to, ended_at=clock.now())
    record_call(attempt, to)
    release_agent(attempt.agent_id, wrap_up=True)
    enqueue_once_on_commit("recovery.tasks.dispatch")


def record_call(attempt: CallAttempt, outcome: str) -> None:
    """How a call goes: in the trail, and on the pages of everybody whom it concerns."""
    case = attempt.callback.case
    audit.recording.record(
        "call.outcome",
        account=case.account_id,
        case=case.pk,
        details={"outcome": str(outcome), "attempt": str(attempt.key)},
    )
    live.publish_on_commit(f"case:{case.pk}")
    notify_number(attempt.number)
    live.publish_on_commit(f"agent:{attempt.agent_id}")


def free_agent(agent_id: int | None) -> None:
    """What was offered to this agent is not offered any more; they wait for the next."""
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.OFFERED):
        Duty.objects.move(duty, DutyState.FREE)
    live.publish_on_commit(f"agent:{agent_id}")


def release_agent(agent_id: int, *, wrap_up: bool) -> None:
    """The agent is done with a case or a call: free at once, or after the last note.

    Who has a case in work, or is still on the telephone after it was closed, stays busy.
    """
    if current_work.case_in_work(agent_id) or current_work.call_on_the_line(agent_id):
        return
    now = clock.now()
    until = now + timedelta(seconds=settings.WRAP_UP_SECONDS)
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.BUSY):
        if wrap_up:
            Duty.objects.move(duty, DutyState.WRAP_UP, since=now, wrap_up_until=until)
        elif duty.is_gone(now):
            Duty.objects.move(duty, DutyState.OFF, since=now)
            audit.recording.record(
                "agent.off_duty", account=agent_id, actor=agent_id, details={"reason": "gone"}
            )
        else:
            Duty.objects.move(duty, DutyState.FREE, since=now)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"agent:{agent_id}")


def can_go_on_for(attempt: CallAttempt | None, other: Callback) -> bool:
    """May the call that is under way go on for this other request for the same number?"""
    return (
        attempt is not None
        and other.state in states.IN_LINE
        and other.pk != attempt.callback_id
        and other.case.account_id != attempt.agent_id
        and not insiders.is_insider(other, attempt.agent_id)
    )
