"""Calls: placed once, told apart by how they ended, proved by the code that the caller reads out."""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit.recording
import telephony.services
from common import clock, codes, live
from common.errors import Denied, Stale
from common.jobs import enqueue_once_on_commit
from recovery import insiders, letters, lifecycle, states
from recovery.calls import retry
from recovery.cases import policies as case_policies
from recovery.models import CallAttempt, Callback, Case
from recovery.queue import spending
from recovery.states import AttemptState, CallbackState, CaseState
from telephony import numbers
from telephony.dialers.base import DialError
from telephony.types import CallOrder

LOST = timedelta(seconds=60)
"""An attempt that was planned but never placed is unknown after this time."""

READ_OUT_FAILURES = 5

UNANSWERED = frozenset(
    {
        AttemptState.NO_ANSWER,
        AttemptState.BUSY,
        AttemptState.VOICEMAIL,
        AttemptState.FAILED,
        AttemptState.INVALID_NUMBER,
    }
)


def place(*, case: Case, agent_id: int) -> CallAttempt:
    """Call the claimant. The attempt is a row before the dialer is asked, and a second click finds it.

    Raises:
        Stale: a call of this case, or to this number, is under way already.
    """
    case_policies.check_works_on(case, agent_id)
    attempt = _plan(case, agent_id)
    order = CallOrder(attempt=str(attempt.key), number=attempt.number, agent=agent_id)
    try:
        telephony.services.dialer().place(order)
    except DialError:
        unanswered(attempt=attempt, agent_id=agent_id, outcome=AttemptState.FAILED)
        return attempt
    with transaction.atomic():
        CallAttempt.objects.move(attempt, AttemptState.CALLING)
        lifecycle.notify_number(attempt.number)
        live.publish_on_commit(f"agent:{agent_id}")
    return attempt


def _plan(case: Case, agent_id: int) -> CallAttempt:
    now = clock.now()
    try:
        with transaction.atomic():
            callback = Callback.objects.select_for_update().get(case=case)
            if callback.state != CallbackState.ASSIGNED or callback.agent_id != agent_id:
                raise Stale(_("This case is no longer assigned to you."))
            attempt = CallAttempt.objects.create(
                key=uuid.uuid4(),
                callback=callback,
                agent_id=agent_id,
                number=callback.number,
                words=callback.words,
                read_out=callback.read_out,
                placed_at=now,
            )
            spending.spend(callback)
            # The next call, if there has to be one, gets words and a code of its own.
            callback.renew_secrets(tries=callback.tries + 1)
            audit.recording.record(
                "call.placed",
                account=case.account_id,
                case=case.pk,
                details={"attempt": str(attempt.key), "number": numbers.mask(attempt.number)},
            )
    except IntegrityError:
        raise Stale(_("A call to this number is already in progress.")) from None
    return attempt


@transaction.atomic
def answered(*, attempt: CallAttempt, agent_id: int) -> None:
    """The claimant has picked up."""
    _own(attempt, agent_id)
    CallAttempt.objects.move(attempt, AttemptState.TALKING, answered_at=clock.now())
    lifecycle.record_call(attempt, "answered")


@transaction.atomic
def unanswered(*, attempt: CallAttempt, agent_id: int, outcome: AttemptState) -> bool:
    """The call ended without a conversation: call again when it is time, or give up and write a mail.

    Returns whether there will be another try.
    """
    _own(attempt, agent_id)
    if outcome not in UNANSWERED:
        raise ValueError(outcome)
    group = lifecycle.lock_number(attempt.number)
    callback = lifecycle.lock_callback(attempt.callback.case_id)
    now = clock.now()
    lifecycle.end_call(attempt, outcome)
    for other in group:
        if other.pk != callback.pk and other.state == CallbackState.WAITING and other.due_at <= now:
            _rang_for(other, outcome, now)
    case = Case.objects.select_for_update().get(pk=attempt.callback.case_id)
    due_at = retry.next_try(
        outcome, tries=callback.tries, now=now, chosen_at=callback.chosen_at, zone=case.zone
    )
    if due_at is None:
        _give_up(case, callback.tries)
        return False
    lifecycle.requeue(case, passed_by=None, due_at=due_at)
    lifecycle.release_agent(agent_id, wrap_up=False)
    enqueue_once_on_commit("recovery.tasks.dispatch")
    return True


def _rang_for(other: Callback, outcome: AttemptState, now: datetime) -> None:
    """The number rang in vain: that was a try for everybody who waits for a call to it, and it rang once."""
    tries = other.tries + 1
    due_at = retry.next_try(outcome, tries=tries, now=now, chosen_at=other.chosen_at, zone=other.case.zone)
    other.renew_secrets(tries=tries, **({"due_at": due_at, "turn_at": None} if due_at else {}))
    live.publish_on_commit(f"case:{other.case_id}")
    if due_at is None:
        _give_up(other.case, tries)


def _give_up(case: Case, tries: int) -> None:
    lifecycle.close_case(case, CaseState.UNREACHABLE, CallbackState.GIVEN_UP)
    audit.recording.record("case.unreachable", account=case.account_id, case=case.pk)
    letters.tell_unreachable(case, tries)


@transaction.atomic
def hang_up(*, attempt: CallAttempt, agent_id: int) -> None:
    """The conversation is over. A case that is open stays in the agent's hands until it is decided."""
    _own(attempt, agent_id)
    # Whoever closes the case at this moment is waited for: one of the two begins the wrap-up.
    lifecycle.lock_callback(attempt.callback.case_id)
    lifecycle.end_call(attempt, AttemptState.ENDED)


def confirm_read_out(*, attempt: CallAttempt, agent_id: int, typed: str) -> bool:
    """The agent types what the caller read out. The agent is not shown the code.

    Where several requests wait for a call to this number, the code says on whose page the caller looks: the
    call goes on for that request, and those about the same account are not called any more.

    Returns whether it was right. A wrong code is counted, and stays counted.

    Raises:
        Denied: too many wrong codes in this call, or the agent sits where the call was asked for.
        Stale: nobody is talking.
    """
    _own(attempt, agent_id)
    if insiders.is_insider(attempt.callback, agent_id):
        # Who signed in there after they had taken the case could read the code from their own page.
        audit.recording.record(
            "case.from_staff", case=attempt.callback.case_id, details={"people": [agent_id], "count": 1}
        )
        raise Denied(insiders.refusal())
    return _confirm(attempt, typed)


@transaction.atomic
def _confirm(attempt: CallAttempt, typed: str) -> bool:
    group = lifecycle.lock_number(attempt.number)
    attempt = CallAttempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state != AttemptState.TALKING:
        raise Stale(_("The code must be read out during the call."))
    if attempt.read_out_failures >= READ_OUT_FAILURES:
        raise Denied(_("Too many wrong codes in this call. Hang up and call again to get a new code."))
    plain = codes.typed(typed)
    right = codes.same(plain, attempt.read_out)
    if not right and attempt.read_out_confirmed_at is None:
        for other in group:
            if codes.same(plain, other.read_out) and lifecycle.can_go_on_for(attempt, other):
                lifecycle.switch_call(attempt, to=other, ends=CaseState.SUPERSEDED)
                right = True
                break
    case = attempt.callback.case
    if right:
        _supersede_others(group, case)
        attempt.read_out_confirmed_at = attempt.read_out_confirmed_at or clock.now()
        audit.recording.record("call.read_out_confirmed", account=case.account_id, case=case.pk)
    else:
        attempt.read_out_failures += 1
        audit.recording.record(
            "call.read_out_failed", account=case.account_id, case=case.pk, outcome="failed"
        )
    attempt.save(update_fields=["read_out_confirmed_at", "read_out_failures"])
    live.publish_on_commit(f"case:{case.pk}")
    return right


def _supersede_others(group: list[Callback], case: Case) -> None:
    """The same number was asked to be called about the same e-mail, from other browsers."""
    for other in group:
        waits = other.state in states.IN_LINE
        if waits and other.case_id != case.pk and other.case.email == case.email:
            lifecycle.close_case(other.case, CaseState.SUPERSEDED, CallbackState.CANCELLED)
            audit.recording.record("case.superseded", account=other.case.account_id, case=other.case_id)


@transaction.atomic
def mark_lost() -> int:
    """Planned, but nobody knows whether it was placed: unknown, and never blindly dialled again."""
    lost = CallAttempt.objects.select_for_update(skip_locked=True).filter(
        state=AttemptState.PLANNED, placed_at__lt=clock.now() - LOST
    )
    count = 0
    for attempt in lost:
        CallAttempt.objects.move(attempt, AttemptState.UNKNOWN)
        lifecycle.record_call(attempt, AttemptState.UNKNOWN)
        count += 1
    return count


def _own(attempt: CallAttempt, agent_id: int) -> None:
    if attempt.agent_id != agent_id:
        raise Denied(_("This call isn’t assigned to you."))
