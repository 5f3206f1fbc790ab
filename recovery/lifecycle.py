"""Cases: opened by a claimant, protected at once, ended by one of six outcomes."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

import accounts.freezes.services
import accounts.selectors
import audit.recording
from accounts.doubt.signals import Reason
from accounts.sign_in import known_browsers
from common import clock, codes, live
from common.email_addresses import normal
from common.errors import Stale
from common.jobs import enqueue_once_on_commit
from common.ratelimit import spend
from recovery import insiders, policies, selectors, states
from recovery import letters as follow_up
from recovery import passphrases as words
from recovery.cases.admission import CALM, Place
from recovery.models import Approval, CallAttempt, Callback, Case, Dispute, Duty, Evidence, Note
from recovery.models.case import Category, Noticed, RefusalReason, Since
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
from telephony import numbers

log = logging.getLogger(__name__)
PROTECTED_AT_ONCE = 20
CHANGES_AN_HOUR = 6
"""Corrections of one request: whoever holds its page can make no more."""


@transaction.atomic
def open_case(
    *,
    email: str,
    number: str,
    category: Category | str,
    language: str,
    zone: str,
    due_at: datetime | None = None,
    noticed: Collection[str] = (),
    since: str = Since.UNKNOWN,
    said: str = "",
    instead_of: Case | None = None,
    place: Place = CALM,
    browser: str = "",
) -> tuple[Case, str]:
    """A claimant asks for a call, now or at ``due_at``. Returns the case and the capability to follow it.

    ``instead_of`` is the request that this browser corrects: it ends, and the new one takes its place in
    line. A request from another browser stands beside it, though it may name the same e-mail and number:
    whose page is the owner's, nobody knows before the call. ``noticed``, ``since`` and ``said`` are what the
    claimant says; the trail keeps the first two, never the free text. ``browser`` is the fingerprint of the
    browser's cookie, ``place`` where the request stands (:func:`recovery.cases.admission.admit`).

    Raises:
        Stale: ``instead_of`` is no longer in line: an agent has it, or it has ended.
    """
    now = clock.now()
    email = normal(email)
    before = _supersede(instead_of) if instead_of else None
    noticed = sorted(set(noticed))
    has_lost = category == Category.LOST_FACTOR or Noticed.LOST_FACTOR in noticed
    cant_sign_in = category == Category.CANT_SIGN_IN or Noticed.CANT_SIGN_IN in noticed
    capability = codes.token()
    case = Case.objects.create(
        category=category,
        capability=codes.fingerprint(capability),
        email=email,
        language=language,
        zone=zone,
        opened_at=now,
        noticed=noticed,
        since=since,
        said=said,
        has_lost=has_lost,
        knows_password=has_lost and not cant_sign_in,
    )
    chosen = due_at or now
    Callback.objects.create(
        case=case,
        number=number,
        region=numbers.region(number),
        language=language,
        lane=before.lane if before else place.lane,
        networks=before.networks if before else list(place.networks),
        browser=browser,
        came_from=sorted({*(before.came_from if before else ()), *insiders.origin()}),
        # Who could not take the request that this one replaces cannot take this one.
        from_staff=before.from_staff if before else [],
        priority=policies.priority_of(category),
        asked_at=before.asked_at if before else now,
        # Who asked for later, or was to be tried again later, and now says *now*, means now.
        due_at=min(before.due_at, now) if before and not due_at else chosen,
        chosen_at=chosen,
        tries=before.tries if before else 0,
        words=words.pair(language),
        read_out=codes.digits(6),
    )
    audit.recording.record(
        "case.opened",
        case=case.pk,
        details={"category": str(category), "noticed": noticed, "began": str(since)},
    )
    enqueue_once_on_commit("recovery.tasks.dispatch")
    return case, capability


def _supersede(older: Case) -> Callback:
    """End the request that this one replaces. Returns the place in line that it takes over."""
    callback = hold(older.pk)
    if callback.state not in states.IN_LINE:
        raise Stale(_("An agent is busy with your request already, or it has ended."))
    end(older, CaseState.SUPERSEDED, CallbackState.CANCELLED)
    audit.recording.record("case.superseded", case=older.pk)
    return callback


@transaction.atomic
def protect(*, case_id: int) -> bool:
    """Look up the account, and freeze what a takeover touched. Once a case.

    Only doubtful sessions end, and only where the doubt is strong are sign-in details frozen: a healthy
    account is not touched by a stranger's request.

    Returns whether this call did it: not if somebody else did, or is busy with the case.
    """
    callback = _unprotected().filter(case=case_id).first()
    case = Case.objects.select_for_update().filter(pk=case_id, protected_at__isnull=True).first()
    if callback is None or case is None:
        return False
    now = clock.now()
    account = accounts.selectors.find_account(case.email)
    found, ended = False, 0
    if account:
        doubt, ended = accounts.freezes.services.protect(user_id=account, case=case.pk)
        found = doubt.is_strong
    Case.objects.filter(pk=case.pk).update(protected_at=now, account=account, is_takeover=found)
    _place(callback, account, runs=found)
    insiders.mark([callback])
    _tell_of_protection(case.pk, account=account, takeover=found, sessions_ended=ended)
    return True


def protect_claim(case: Case) -> None:
    """The caller has shown enough: what they say they did not do is frozen now, not first by the restore.

    Not what only their word speaks against, where two owners may stand against each other: that is announced
    first. Inside the caller's transaction, which holds the case.
    """
    doubt = selectors.doubt_of(case)
    if case.account_id is None or doubt.is_dispute or not selectors.standing_of(case).suffices:
        return
    disowned = [one.change.id for one in doubt.changes if Reason.DISOWNED in one.reasons]
    if disowned:
        accounts.freezes.services.protect_claim(user_id=case.account_id, case=case.pk, changes=disowned)


def protect_waiting() -> int:
    """Protect the first of those who have asked and are not protected yet. Returns how many.

    One transaction does it for all who have no account, about whom there is nothing to find out. What
    somebody else is busy with is left to them.
    """
    with transaction.atomic():
        first = _unprotected().order_by("case__opened_at")[:PROTECTED_AT_ONCE]
        held = {callback.case_id: callback for callback in first}
        asked = Case.objects.select_for_update().filter(pk__in=held, protected_at__isnull=True)
        emails = dict(asked.values_list("pk", "email"))
        known = accounts.selectors.find_accounts(emails.values())
        strangers = [case_id for case_id, email in emails.items() if email not in known]
        Case.objects.filter(pk__in=strangers).update(protected_at=clock.now())
        insiders.mark([held[case_id] for case_id in strangers])
        for case_id in strangers:
            _tell_of_protection(case_id, account=None, takeover=False, sessions_ended=0)
    return len(strangers) + sum(_protected(case_id) for case_id in emails if case_id not in strangers)


def _protected(case_id: int) -> bool:
    """:func:`protect`, whatever happens: one account that cannot be looked into holds up nobody else."""
    try:
        return protect(case_id=case_id)
    except Exception:
        log.exception("case %s was not protected", case_id)
        return False


def _unprotected() -> QuerySet[Callback]:
    """Places in line to lock whose cases are not protected yet, but for those that somebody else holds."""
    return Callback.objects.select_for_update(of=("self",), skip_locked=True).filter(
        case__protected_at__isnull=True
    )


def _tell_of_protection(case_id: int, *, account: int | None, takeover: bool, sessions_ended: int) -> None:
    audit.recording.record(
        "case.protected",
        account=account,
        case=case_id,
        details={"matched": account is not None, "takeover": takeover, "sessions_ended": sessions_ended},
    )
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case_id}")


def _place(callback: Callback, account: int | None, *, runs: bool) -> None:
    """A takeover that runs is called first.

    Strangers may name one account from sixty networks. Who asks from where the account was used before takes
    the place of the first of them; nobody else is overtaken.
    """
    changes: dict[str, object] = {"priority": 0} if runs else {}
    if account is not None and (
        known_browsers.is_familiar_to(callback.browser, account)
        or accounts.selectors.is_familiar_network(account, callback.networks)
    ):
        same = Callback.objects.filter(case__account=account, state__in=states.OPEN_CALLBACK)
        changes |= {
            "unfamiliar": False,
            "turn_at": same.filter(due_at__lt=callback.due_at).aggregate(first=Min("due_at"))["first"],
        }
    if changes:
        Callback.objects.filter(pk=callback.pk).update(**changes)


@transaction.atomic
def withdraw(*, case: Case) -> None:
    """The claimant cancels, also while the phone rings or an agent is talking.

    Where somebody else asked for a call to the same number, the call that is under way goes on for them.
    """
    group = hold_number(case.callback.number)
    attempt = selectors.live_attempt(case)
    others = [one for one in group if one.case_id != case.pk and may_go_on_for(attempt, one)]
    if attempt is not None and attempt.read_out_confirmed_at is None and others:
        switch(attempt, to=min(others, key=Callback.turn), ends=CaseState.WITHDRAWN)
    else:
        end(case, CaseState.WITHDRAWN, CallbackState.CANCELLED)
    audit.recording.record("case.withdrawn", account=case.account_id, case=case.pk)


@transaction.atomic
def change_number(*, case: Case, number: str) -> None:
    """Correct the number, while nobody is calling it. The place in line stays.

    Raises:
        Throttled: this request was corrected too often.
        Stale: a call is under way or the case has ended.
    """
    spend("case-changes", str(case.pk), limit=CHANGES_AN_HOUR, seconds=3600)
    changed = Callback.objects.filter(case=case, state__in=states.IN_LINE).update(
        number=number, region=numbers.region(number)
    )
    if not changed:
        raise Stale(
            _("The number cannot be changed any more: an agent is calling you, or the case has ended.")
        )
    audit.recording.record("case.number_changed", case=case.pk, details={"number": numbers.mask(number)})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")


@transaction.atomic
def move_call(*, case: Case, due_at: datetime) -> None:
    """Call at another time; an offer that stands is taken back from the agent. The same time changes nothing.

    Raises:
        Throttled: this request was corrected too often.
        Stale: a call is under way or the case has ended.
    """
    callback = Callback.objects.select_for_update().get(case=case)
    if callback.state in states.IN_LINE and callback.is_due_at(due_at):
        return
    spend("case-changes", str(case.pk), limit=CHANGES_AN_HOUR, seconds=3600)
    agent = callback.offered_to_id
    if callback.state == CallbackState.OFFERED:
        Callback.objects.move(callback, CallbackState.WAITING, offered_to=None, offer_expires_at=None)
        free(agent)
    changed = Callback.objects.filter(pk=callback.pk, state=CallbackState.WAITING).update(
        due_at=due_at, chosen_at=due_at, turn_at=None
    )
    if not changed:
        raise Stale(_("The call cannot be moved any more: an agent is calling you, or the case has ended."))
    audit.recording.record("case.moved", case=case.pk, details={"due": due_at.isoformat()})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def add_note(*, case: Case, by: int, text: str) -> None:
    policies.check_may_write(case, by)
    Note.objects.create(case=case, author_id=by, written_at=clock.now(), text=text)
    audit.recording.record("case.note_added", account=case.account_id, case=case.pk)
    live.publish_on_commit(f"case:{case.pk}", "notes")


@transaction.atomic
def hand_back(*, case: Case, by: int, reason: str) -> None:
    """Back into the queue, at its old place. What was shown to this agent does not count for the next."""
    policies.check_works_on(case, by)
    leave(by, wrap_up=release(case, passed_by=by))
    audit.recording.record(
        "case.handed_back", account=case.account_id, case=case.pk, details={"reason": reason}
    )
    enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def reassign(*, case: Case, by: int | None, reason: str) -> None:
    """A case is taken from an agent who cannot finish it, and put back into the queue.

    ``by``: the supervisor who does it; None where the agent may not work here any more.
    """
    agent = case.agent_id
    if case.state != CaseState.WORKING or agent is None:
        raise Stale(_("Nobody works on this case at the moment."))
    wrap_up = release(case, passed_by=agent)
    if by is not None:
        Case.objects.filter(pk=case.pk).update(worked_by=case.and_worked_by(by))
    leave(agent, wrap_up=wrap_up)
    audit.recording.record(
        "case.reassigned", account=case.account_id, case=case.pk, details={"reason": reason}
    )
    live.publish_on_commit(f"agent:{agent}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def refuse(*, case: Case, by: int, reason: RefusalReason | str) -> None:
    """End the case without changing the account."""
    policies.check_works_on(case, by)
    Case.objects.filter(pk=case.pk).update(refusal=reason)
    case.refusal = str(reason)
    end(case, CaseState.REFUSED, CallbackState.DONE)
    audit.recording.record(
        "case.refused", account=case.account_id, case=case.pk, details={"reason": str(reason)}
    )
    follow_up.tell_refused(case, reason)


def hold(case_id: int) -> Callback:
    """Lock a case's place in line until the transaction ends.

    Whatever changes more than one row of a case takes this lock first, then calls, case and duty: in one
    order, two changes at once wait for each other and never for ever.
    """
    return Callback.objects.select_for_update().get(case=case_id)


def hold_number(number: str) -> list[Callback]:
    """Lock the places in line of everybody who waits for a call to this number, in one order."""
    return list(
        Callback.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(number=number, state__in=states.OPEN_CALLBACK)
        .order_by("pk")
    )


def switch(attempt: CallAttempt, *, to: Callback, ends: CaseState) -> None:
    """The call that is under way goes on for another request for the same number; the first one ends.

    Inside the caller's transaction, which holds the number (:func:`hold_number`).
    """
    first = Case.objects.select_related("callback").get(callback=attempt.callback_id)
    void(first)
    Callback.objects.move(first.callback, CallbackState.CANCELLED)
    # The agent has another case in hand now: there is nothing to write up.
    _close(first, ends, wrap_up=False)
    Callback.objects.filter(case=first).update(browser="")
    offered_to = to.offered_to_id
    Callback.objects.move(
        to, CallbackState.ASSIGNED, agent_id=attempt.agent_id, offered_to=None, offer_expires_at=None
    )
    if offered_to:
        free(offered_to)
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
    tell_number(to.number)
    live.publish_on_commit("desk")
    for case in (first, to.case):
        live.publish_on_commit(f"case:{case.pk}")
    live.publish_on_commit(f"agent:{attempt.agent_id}")


def tell_number(number: str) -> None:
    """The pages of everybody who waits for a call to this number look again."""
    waiting = Callback.objects.filter(number=number, state__in=states.OPEN_CALLBACK)
    for case_id in waiting.values_list("case", flat=True):
        live.publish_on_commit(f"case:{case_id}")


def release(case: Case, *, passed_by: int | None, due_at: datetime | None = None) -> bool:
    """From an agent's hands back into the queue, inside the caller's transaction.

    Returns whether that broke off a conversation.
    """
    callback = hold(case.pk)
    live_calls = list(_live_calls(case))
    for attempt in live_calls:
        end_call(attempt, AttemptState.CANCELLED)
    void(case)
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


def void(case: Case) -> None:
    """Evidence and approvals die when the case changes hands or ends."""
    voided = Evidence.objects.filter(case=case, state__in=(EvidenceState.ASKED, EvidenceState.PASSED)).update(
        state=EvidenceState.VOIDED, digest=""
    )
    if voided:
        audit.recording.record(
            "evidence.voided", account=case.account_id, case=case.pk, details={"count": voided}
        )
    withdraw_approval(case)


def withdraw_approval(case: Case) -> None:
    """What was approved, or was to be, is not what would be done any more."""
    withdrawn = Approval.objects.filter(
        case=case, state__in=(ApprovalState.REQUESTED, ApprovalState.APPROVED)
    ).update(state=ApprovalState.WITHDRAWN)
    if withdrawn:
        audit.recording.record("approval.withdrawn", account=case.account_id, case=case.pk)


def end(case: Case, to: CaseState, callback_to: CallbackState) -> None:
    """End a case and its place in line, whatever it was doing, inside the caller's transaction.

    What rings is broken off. A conversation goes on until somebody says that it has ended: until then its
    agent is busy and the claimant's page says who is talking.
    """
    callback = hold(case.pk)
    offered_to = callback.offered_to_id
    for attempt in _live_calls(case).exclude(state=AttemptState.TALKING):
        end_call(attempt, AttemptState.CANCELLED)
    worked = Case.objects.get(pk=case.pk)
    if worked.state != CaseState.DISPUTED:  # then nobody is called for it any more
        Callback.objects.move(callback, callback_to, offered_to=None, offer_expires_at=None, browser="")
    agent = worked.agent_id if worked.state == CaseState.WORKING else None
    _close(case, to, wrap_up=agent is not None)
    if to != CaseState.RESTORED:
        void(case)
    if offered_to:
        free(offered_to)
    if agent:
        leave(agent, wrap_up=True)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


def set_aside(case: Case, agent_id: int) -> None:
    """The restore was announced and waits: the agent is done with the case, which is not closed.

    Inside the caller's transaction, which holds the case. The conversation may go on.
    """
    Callback.objects.move(case.callback, CallbackState.DONE, offered_to=None, offer_expires_at=None)
    Case.objects.move(case, CaseState.DISPUTED)
    leave(agent_id, wrap_up=True)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")


def _close(case: Case, to: CaseState, *, wrap_up: bool) -> None:
    """Keep what was found, close the case, and let its freeze go on only where it is still needed."""
    now = clock.now()
    if case.findings is None and case.account_id is not None:
        case.findings = findings.to_json(selectors.findings_of(case))
    Case.objects.move(
        case, to, closed_at=now, wrap_up_ended_at=None if wrap_up else now, findings=case.findings
    )
    dispute = Dispute.objects.filter(case=case).first()
    if dispute is not None and dispute.is_open:
        Dispute.objects.move(dispute, DisputeState.WITHDRAWN, ended_at=now)
        audit.recording.record("dispute.withdrawn", account=case.account_id, case=case.pk)
        follow_up.tell_of_dispute(case, "withdrawn")
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
    tell_of_call(attempt, to)
    leave(attempt.agent_id, wrap_up=True)
    enqueue_once_on_commit("recovery.tasks.dispatch")


def tell_of_call(attempt: CallAttempt, outcome: str) -> None:
    """How a call goes: in the trail, and on the pages of everybody whom it concerns."""
    case = attempt.callback.case
    audit.recording.record(
        "call.outcome",
        account=case.account_id,
        case=case.pk,
        details={"outcome": str(outcome), "attempt": str(attempt.key)},
    )
    live.publish_on_commit(f"case:{case.pk}")
    tell_number(attempt.number)
    live.publish_on_commit(f"agent:{attempt.agent_id}")


def free(agent_id: int | None) -> None:
    """What was offered to this agent is not offered any more; they wait for the next."""
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.OFFERED):
        Duty.objects.move(duty, DutyState.FREE)
    live.publish_on_commit(f"agent:{agent_id}")


def leave(agent_id: int, *, wrap_up: bool) -> None:
    """The agent is done with a case or a call: free at once, or after the last note.

    Who has a case in work, or is still on the telephone after it was closed, stays busy.
    """
    if selectors.case_in_work(agent_id) or selectors.call_on_the_line(agent_id):
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


def may_go_on_for(attempt: CallAttempt | None, other: Callback) -> bool:
    """May the call that is under way go on for this other request for the same number?"""
    return (
        attempt is not None
        and other.state in states.IN_LINE
        and other.pk != attempt.callback_id
        and other.case.account_id != attempt.agent_id
        and not insiders.is_insider(other, attempt.agent_id)
    )
