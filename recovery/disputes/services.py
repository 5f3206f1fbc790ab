"""Disputes: a restore against which nothing but the claimant's word speaks is announced, not done.

Two people who both were the owner may stand against each other: a former partner may hold the old mailbox
and copied codes. Every address of the account is told. Uncontested, the restore is done after 72 hours;
contested, two people decide who see what both sides have shown.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

import audit.recording
from accounts.authenticators import registry
from accounts.authenticators.selectors import bound_authenticators
from accounts.authenticators.throttling import NOTICE
from accounts.disputes import objections
from accounts.doubt.judgement import Doubt
from accounts.doubt.selectors import authenticator_key
from accounts.enums import Factor
from accounts.freezes import services as freezes
from common import clock, live
from common.errors import Denied, Refusal, Stale
from recovery import letters, lifecycle
from recovery.approvals import services as approvals
from recovery.cases import selectors as case_selectors
from recovery.disputes import policies, selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.evidence.methods import registry as methods
from recovery.models import Callback, Case, Dispute
from recovery.models.case import RefusalReason
from recovery.models.dispute import WAIT, ContestedBy, Outcome
from recovery.restoration import policies as restoration_policies
from recovery.restoration import selectors as restoration_selectors
from recovery.restoration import services as restoration
from recovery.states import CallbackState, CaseState, DisputeState
from recovery.takeover import findings
from recovery.takeover import selectors as takeover_selectors

log = logging.getLogger(__name__)
AGAIN = timedelta(minutes=10)
"""When a restore that failed for no reason that we know is tried once more."""


def announce(*, case: Case, agent_id: int) -> Dispute:
    """Tell every address of the account that it will be restored in 72 hours, and let the case wait.

    Raises:
        Denied: the policy is not satisfied; the refusal is in the trail.
        Stale: the case has changed in the meantime.
    """
    with restoration.refusals_in_trail(case):
        return _announce(case, agent_id)


@transaction.atomic
def _announce(case: Case, agent_id: int) -> Dispute:
    case = lifecycle.lock_case(case.pk)
    ready = selectors.check_can_announce_now(case, agent_id)
    doubt = takeover_selectors.doubt_of(case)
    approval = ready.approval
    if case.account_id is None or ready.plan is None or approval is None or approval.decided_by_id is None:
        raise Denied(_("No account uses the e-mail address given by the claimant."))
    approvals.check_still_holds(case)
    now = clock.now()
    dispute = Dispute.objects.create(
        case=case,
        account_id=case.account_id,
        changes=doubt.disputed_ids,
        undoes=[line.id for line in ready.plan.lines if line.chosen],
        evidence=_shown(case, doubt),
        findings=findings.to_json(takeover_selectors.findings_of(case)),
        announced_by_id=agent_id,
        approved_by_id=approval.decided_by_id,
        announced_at=now,
        due_at=now + WAIT,
    )
    lifecycle.set_aside(case, agent_id)
    freezes.keep_still(
        user_id=case.account_id,
        case=case.pk,
        asked_at=case.opened_at,
        claim=takeover_selectors.claim_of(case),
    )
    _record(dispute, "dispute.announced", {"due": dispute.due_at.isoformat()})
    letters.announce_dispute(dispute)
    live.publish_on_commit(f"agent:{agent_id}")
    return dispute


def _shown(case: Case, doubt: Doubt) -> list[dict[str, Any]]:
    """What the claimant has shown, as facts that stay: by which method, when, and what it was."""
    offered = takeover_selectors.offerable(case, doubt)
    facts = []
    for one in evidence_policies.valid_evidence(
        evidence_selectors.evidence_of(case), clock.now(), case.agent_id
    ):
        items = methods.by_name(one.method).items(offered, one.target)
        facts.append(
            {
                "method": one.method,
                "shown_at": one.passed_at.isoformat() if one.passed_at else "",
                "items": [
                    {"key": item.key, "what": item.what, "bound_at": item.bound_at.isoformat()}
                    for item in items
                ],
            }
        )
    return facts


# Contesting


def contest_by_link(*, dispute_id: int, address_id: int, factor: Factor, code: str) -> bool:
    """Who reads one address of the account shows something older than the disputed change.

    A wrong code is counted for the link of this address, and the owner hears of it. Returns whether it was
    right.

    Raises:
        Stale: it was contested or has ended already.
        Denied: too many wrong codes were typed by this link.
        Throttled: too many wrong codes for this factor.
    """
    with transaction.atomic():
        dispute = _locked(dispute_id)
        failures = int(dispute.link_failures.get(str(address_id), 0))
        if failures >= policies.LINK_FAILURES:
            raise Denied(_("Too many wrong codes. Sign in instead, or ask us for a call."))
        item = objections.proving_item(
            user_id=dispute.account_id, changes=dispute.changes, factor=factor, code=code, source=NOTICE
        )
        if item is None:
            counted = {**dispute.link_failures, str(address_id): failures + 1}
            Dispute.objects.filter(pk=dispute.pk).update(link_failures=counted)
            return False
        _contest(dispute, ContestedBy.LINK, item=item)
    return True


@transaction.atomic
def contest_signed_in(*, user_id: int, factor: str) -> None:
    """Who has the account now contests, after a fresh second factor, whatever it is.

    Also one that is younger than the change: an owner may have a new phone. Whether it says anything is seen
    by those who decide.

    Raises:
        Stale: nothing is announced, or it was contested already.
    """
    found = restoration_selectors.open_dispute_about(user_id)
    if found is None:
        raise Stale(_("This has already been decided or withdrawn."))
    dispute = _locked(found.pk)
    kinds = [one.kind for one in registry.KINDS if one.factor == factor]
    used = [
        (one.used_at, authenticator_key(one.id))
        for one in bound_authenticators(user_id)
        if one.kind in kinds and one.used_at
    ]
    _contest(dispute, ContestedBy.SIGNED_IN, item=max(used)[1] if used else "")


@transaction.atomic
def contest_in_call(*, case: Case, agent_id: int) -> None:
    """The agent contests for a caller who has shown enough in a case of their own.

    Raises:
        Denied: they have not, or nothing is announced.
        Stale: it was contested or has ended already.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    selectors.check_can_contest_now(case, agent_id)
    found = restoration_selectors.open_dispute_about(case.account_id)
    if found is not None:
        _contest(_locked(found.pk), ContestedBy.CALL, words=case.reference)


def _locked(dispute_id: int) -> Dispute:
    """A dispute that can be contested, locked with its case until the transaction ends."""
    case_id = Dispute.objects.values_list("case", flat=True).get(pk=dispute_id)
    lifecycle.lock_callback(case_id)
    dispute = selectors.dispute(dispute_id)
    if dispute is None or dispute.state != DisputeState.ANNOUNCED:
        raise Stale(_("This has already been contested, or it has ended."))
    return dispute


def _contest(dispute: Dispute, how: ContestedBy, *, item: str = "", words: str = "") -> None:
    Dispute.objects.move(
        dispute,
        DisputeState.CONTESTED,
        contested_at=clock.now(),
        contested_how=how,
        contested_item=item,
        contested_words=words,
    )
    _record(dispute, "dispute.contested", {"how": str(how)})
    letters.tell_of_dispute(dispute.case, "contested")


# Nobody has contested it


def give_due() -> int:
    """Do every announced restore whose time has come, once. Returns how many."""
    return sum(_given(dispute_id) for dispute_id in selectors.due_disputes())


def _given(dispute_id: int) -> bool:
    """:func:`_give`, whatever happens: what cannot be done as it was approved is left to people."""
    try:
        return _give(dispute_id)
    except Refusal as refusal:
        _leave_to_people(dispute_id, str(refusal))
    except Exception:
        log.exception("dispute %s was not ended", dispute_id)
        Dispute.objects.filter(pk=dispute_id).update(due_at=clock.now() + AGAIN)
    return False


@transaction.atomic
def _give(dispute_id: int) -> bool:
    """Restore, if all is still as it was approved. False where somebody else is busy with it or did it."""
    if not _lock_place(dispute_id):
        return False
    dispute = selectors.dispute(dispute_id)
    if dispute is None or dispute.state != DisputeState.ANNOUNCED or dispute.due_at > clock.now():
        return False
    case = _locked_case(dispute)
    _check_as_approved(dispute, case)
    _hand_over(dispute, case, by=None)
    return True


def _lock_place(dispute_id: int) -> bool:
    """The lock that whatever changes a case takes first; not waited for."""
    place = Callback.objects.select_for_update(of=("self",), skip_locked=True)
    return place.filter(case__dispute=dispute_id).first() is not None


def _check_as_approved(dispute: Dispute, case: Case) -> None:
    """Is it still a dispute about the same changes, and does what was shown still count for nobody else?"""
    doubt, planned = takeover_selectors.doubt_of(case), takeover_selectors.plan_of(case)
    chosen = {line.id for line in planned.lines if line.chosen} if planned else set()
    keys = [item["key"] for fact in dispute.evidence for item in fact["items"]]
    if not doubt.is_dispute or chosen != set(dispute.undoes) or any(doubt.is_doubtful(one) for one in keys):
        raise Denied(_("The account has changed since this was approved."))


def _hand_over(dispute: Dispute, case: Case, *, by: int | None) -> None:
    planned = takeover_selectors.plan_of(case)
    restoration_policies.check_gives_back(planned)
    if case.state != CaseState.DISPUTED or planned is None:
        raise Denied(_("The account has changed since this was approved."))
    Dispute.objects.move(
        dispute,
        DisputeState.GIVEN,
        ended_at=clock.now(),
        **({"seconded_by_id": by} if by is not None else {}),
    )
    _record(dispute, "dispute.given")
    letters.tell_of_dispute(case, "given")
    restoration.put_back(case, by=by, methods=[fact["method"] for fact in dispute.evidence])


@transaction.atomic
def _leave_to_people(dispute_id: int, why: str) -> None:
    """It cannot be done as it was approved: from now on two people decide, as if somebody had contested."""
    try:
        _contest(_locked(dispute_id), ContestedBy.NOT_AS_APPROVED, words=why)
    except Stale:
        return  # contested or withdrawn at this moment


def _locked_case(dispute: Dispute) -> Case:
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("account", "callback")
        .get(pk=dispute.case_id)
    )


# Contested: two people decide


@transaction.atomic
def propose(*, dispute: Dispute, by: int, outcome: Outcome | str, reason: str) -> None:
    """The first person decides and says why; nothing is done before a second one confirms it.

    Raises:
        Denied: this person may not decide it.
        Stale: somebody else was faster.
    """
    dispute = _to_decide(dispute, by)
    Dispute.objects.move(
        dispute,
        DisputeState.PROPOSED,
        outcome=outcome,
        reason=reason,
        decided_by_id=by,
        decided_at=clock.now(),
    )
    _record(dispute, "dispute.proposed", {"outcome": str(outcome), "reason": reason})


@transaction.atomic
def reject(*, dispute: Dispute, by: int, reason: str) -> None:
    """The second person disagrees: it is decided anew.

    Raises: as :func:`confirm`.
    """
    dispute = _to_decide(dispute, by, state=DisputeState.PROPOSED)
    Dispute.objects.move(
        dispute, DisputeState.CONTESTED, outcome="", reason="", decided_by=None, decided_at=None
    )
    _record(dispute, "dispute.rejected", {"reason": reason})


@transaction.atomic
def confirm(*, dispute: Dispute, by: int, outcome: Outcome | str) -> None:
    """The second person agrees: what was decided is done. ``outcome`` is what their page showed.

    Raises:
        Denied: this person may not decide it, or the account cannot be restored any more.
        Stale: it has changed in the meantime.
    """
    dispute = _to_decide(dispute, by, state=DisputeState.PROPOSED)
    if dispute.outcome != outcome:
        raise Stale(_("Something changed in the meantime. Check the page again."))
    _record(dispute, "dispute.confirmed", {"outcome": dispute.outcome})
    case = _locked_case(dispute)
    if dispute.outcome == Outcome.GIVEN:
        _hand_over(dispute, case, by=by)
    else:
        _leave_with_present(dispute, case, by=by)


def _leave_with_present(dispute: Dispute, case: Case, *, by: int) -> None:
    """The disputed changes are settled: nobody can claim the account for them any more."""
    letters.tell_of_dispute(case, "stays")
    Dispute.objects.move(dispute, DisputeState.STAYS, seconded_by_id=by, ended_at=clock.now())
    Case.objects.filter(pk=case.pk).update(refusal=RefusalReason.DISPUTED)
    case.refusal = RefusalReason.DISPUTED
    lifecycle.close_case(case, CaseState.REFUSED, CallbackState.DONE)
    objections.keep_all(user_id=dispute.account_id, changes=dispute.changes, by=by)
    audit.recording.record(
        "case.refused",
        account=case.account_id,
        case=case.pk,
        details={"reason": RefusalReason.DISPUTED.value},
    )


def _to_decide(dispute: Dispute, by: int, *, state: DisputeState = DisputeState.CONTESTED) -> Dispute:
    """The dispute as it is now, locked with its case, if this person may decide about it."""
    lifecycle.lock_callback(dispute.case_id)
    found = selectors.dispute(dispute.pk)
    if found is None:
        raise Stale(_("Something changed in the meantime. Check the page again."))
    policies.check_can_decide_dispute(found, by, worked=case_selectors.who_worked_on(found.case))
    if found.state != state:
        raise Stale(_("Something changed in the meantime. Check the page again."))
    return found


def _record(dispute: Dispute, action: str, details: Mapping[str, object] | None = None) -> None:
    audit.recording.record(action, account=dispute.account_id, case=dispute.case_id, details=details or {})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{dispute.case_id}")
