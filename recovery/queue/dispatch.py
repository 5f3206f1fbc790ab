"""The queue: who is on duty, who is offered which call, and what happens when nobody answers the offer.

Everything here may run twice, late, or at the same time in several processes: each move is one guarded
update, and rows that somebody else holds are skipped instead of waited for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

import audit.recording
from common import clock, live
from common.errors import Denied, Stale
from common.jobs import enqueue_once_on_commit
from recovery import insiders, lifecycle, states
from recovery.calls import selectors as call_selectors
from recovery.cases import selectors as case_selectors
from recovery.models import CallAttempt, Callback, Case, Duty
from recovery.models.callback import TURN
from recovery.models.duty import GONE_AFTER
from recovery.queue import policies, spending
from recovery.states import AttemptState, CallbackState, CaseState, DutyState
from recovery.takeover import protect

FIRST_LOOK = 50
"""So many of those in line are looked at before all others."""


@transaction.atomic
def go_on_duty(*, agent_id: int) -> None:
    """From now on the agent is offered calls, as long as a page of theirs says that it is open
    (:func:`recovery.queue.presence.here`; who sits at no page has to say so at least once a minute).

    A second click changes nothing.
    """
    now = clock.now()
    seen = {"seen_at": now, "seen_from": "".join(insiders.origin())}
    duty, made = Duty.objects.get_or_create(
        agent_id=agent_id, defaults={"state": DutyState.FREE, "since": now, **seen}
    )
    if not made:
        if duty.state != DutyState.OFF:
            return
        Duty.objects.move(duty, DutyState.FREE, since=now, **seen)
    audit.recording.record("agent.on_duty", account=agent_id)
    _tell(agent_id)
    enqueue_once_on_commit("recovery.tasks.dispatch")


def go_off_duty(*, agent_id: int) -> None:
    """No more offers; an offer that stands goes on to the next agent.

    Raises:
        Denied: the agent still works on a case, or talks.
    """
    if end_duty(agent_id, reason="asked"):
        return
    if case_selectors.case_in_work(agent_id):
        raise Denied(_("Finish your case or hand it back first."))
    if call_selectors.call_on_the_line(agent_id):
        raise Denied(_("Say first that the call has ended."))


@transaction.atomic
def end_duty(agent_id: int, *, reason: str, only: Q | None = None) -> bool:
    """Off duty, whoever says so; an offer that stands goes on to the next agent.

    Returns whether this call did it: not while the agent has a case or a call in hand, nor where ``only``
    does not hold for their duty any more.
    """
    offer = (
        Callback.objects.select_for_update()
        .filter(offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )
    duty = Duty.objects.select_for_update().filter(only or Q(), agent_id=agent_id).first()
    if duty is None or duty.state in (DutyState.OFF, DutyState.BUSY):
        return False
    if duty.state == DutyState.OFFERED:
        if offer is None:
            raise Stale(_("This has changed in the meantime. Look at the page again."))
        _take_back(offer)
    if duty.state == DutyState.WRAP_UP:
        _end_wrap_up(duty)
    Duty.objects.move(duty, DutyState.OFF, since=clock.now(), wrap_up_until=None)
    audit.recording.record("agent.off_duty", account=agent_id, actor=agent_id, details={"reason": reason})
    _tell(agent_id)
    enqueue_once_on_commit("recovery.tasks.dispatch")
    return True


@transaction.atomic
def be_ready(*, agent_id: int) -> None:
    """The agent says that the wrap-up is done."""
    now = clock.now()
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.WRAP_UP):
        _end_wrap_up(duty)
        Duty.objects.move(duty, DutyState.FREE, since=now, wrap_up_until=None, seen_at=now)
        audit.recording.record("agent.ready", account=agent_id, actor=agent_id)
        _tell(agent_id)
        enqueue_once_on_commit("recovery.tasks.dispatch")


def dispatch() -> int:
    """Offer what is due to who is free, until one of the two runs out. Returns the number of offers.

    Who fits whom is found out first, without a lock; whoever was faster elsewhere is passed over.
    """
    there = Duty.objects.filter(state=DutyState.FREE, seen_at__gt=clock.now() - GONE_AFTER)
    on_duty = there.filter(agent__is_active=True).order_by("since", "pk")
    free = [_Free(*row) for row in on_duty.values_list("pk", "agent", "agent__languages")]
    if not free:
        return 0
    now = clock.now()
    waiting = _offerable(free, now)
    # Nearly always some of the first ones fit. Where agents are left, everybody is looked at.
    first = list(waiting[:FIRST_LOOK])
    offers = _offer_among(first, free, now)
    if free and len(first) == FIRST_LOOK:
        offers += _offer_among(list(waiting.exclude(pk__in=[one.pk for one in first])), free, now)
    return offers


@dataclass
class _Free:
    duty: int
    agent: int
    languages: list[str]

    def may_take(self, callback: Callback, now: datetime) -> bool:
        """They speak the language, it is not their own account, nor asked for where they sit themselves,
        and they have not just passed it on.
        """
        passed = self.agent in callback.passed_by and callback.passed_at
        return (
            callback.language in self.languages
            and callback.case.account_id != self.agent
            and self.agent not in callback.from_staff
            and not (passed and passed > now - policies.DECLINE_COOLDOWN)
        )


def _offerable(free: list[_Free], now: datetime) -> QuerySet[Callback]:
    """Whom one of these agents could call now, the next one first."""
    spoken = {language for one in free for language in one.languages}
    return (
        Callback.objects.select_related("case")
        .only(
            *("number", "language", "passed_by", "passed_at", "case__account"),
            *("browser", "came_from", "from_staff"),
        )
        .filter(
            state=CallbackState.WAITING,
            due_at__lte=now,
            language__in=spoken,
            case__protected_at__isnull=False,
        )
        .exclude(number__in=Callback.objects.filter(state__in=states.BUSY).values("number"))
        # A case may be closed while its call goes on: that number is taken.
        .exclude(number__in=CallAttempt.objects.filter(state__in=states.LIVE_ATTEMPT).values("number"))
        .exclude(_held_back())
        .order_by(*TURN)
    )


def _offer_among(waiting: list[Callback], free: list[_Free], now: datetime) -> int:
    """Offer each to the first of ``free`` who may take it; whoever is no longer free leaves the list."""
    offers = 0
    # Somebody may have signed in beside the claimant only after the request was protected.
    insiders.mark(waiting, [one.agent for one in free])
    while pairs := _pairs(waiting, free, now):
        round_ = _offer(pairs, now)
        offers += len(round_.offered)
        free[:] = [one for one in free if one.duty not in round_.duties_gone]
        busy = {callback.number for callback, _agent in pairs if callback.pk in round_.offered}
        waiting = [one for one in waiting if one.pk not in round_.calls_gone and one.number not in busy]
    return offers


def _pairs(waiting: list[Callback], free: list[_Free], now: datetime) -> list[tuple[Callback, _Free]]:
    """Whom to offer to whom, each number and each agent once."""
    left, numbers, pairs = list(free), set(), []
    for callback in waiting:
        if not left:
            break
        agent = next((one for one in left if one.may_take(callback, now)), None)
        if agent is not None and callback.number not in numbers:
            left.remove(agent)
            numbers.add(callback.number)
            pairs.append((callback, agent))
    return pairs


def _held_back() -> Q:
    """Requests that are not called now, for what calls cost. A first call only waits; all of them end."""
    numbers, ranges = spending.resting()
    first = Q(tries=0, unfamiliar=True)
    held = first & Q(number__in=numbers)
    for one in ranges:
        held |= first & Q(number__startswith=one)
    used_up = spending.used_up()
    held |= Q(unfamiliar=True, region__in=used_up.for_unfamiliar)
    return held | Q(region__in=used_up.for_all)


@dataclass(frozen=True)
class _Round:
    """By primary key: which calls are offered now, and with which calls and duties there is no more to do."""

    offered: set[int]
    calls_gone: set[int]
    duties_gone: set[int]


def _offer(pairs: list[tuple[Callback, _Free]], now: datetime) -> _Round:
    """Offers, where both are still to be had. Rows that somebody else holds are skipped, not waited for."""
    calls, duties = {callback.pk for callback, _agent in pairs}, {agent.duty for _callback, agent in pairs}
    there = Callback.objects.filter(pk__in=calls, state=CallbackState.WAITING, due_at__lte=now)
    ready = Duty.objects.filter(pk__in=duties, state=DutyState.FREE)
    try:
        with transaction.atomic():
            held = set(there.select_for_update(skip_locked=True).values_list("pk", flat=True))
            held_duties = set(ready.select_for_update(skip_locked=True).values_list("pk", flat=True))
            both = [pair for pair in pairs if pair[0].pk in held and pair[1].duty in held_duties]
            # By number: of two who offer calls to the same numbers, one waits for the other, never both.
            for callback, agent in sorted(both, key=lambda pair: pair[0].number):
                _offer_one(callback, agent.agent, now)
            taken = {agent.duty for _callback, agent in both}
            ready.filter(pk__in=taken).update(state=DutyState.OFFERED, since=now)
    except IntegrityError:
        # One call a number: the database says so to whoever came second.
        numbers = [callback.number for callback, _agent in pairs]
        called = Callback.objects.filter(number__in=numbers, state__in=states.BUSY)
        taken_numbers = set(called.values_list("number", flat=True))
        busy = {callback.pk for callback, _agent in pairs if callback.number in taken_numbers}
        return _Round(set(), busy or calls, set())
    offered = {callback.pk for callback, _agent in both}
    return _Round(offered, offered | calls - held, taken | duties - held_duties)


def _offer_one(callback: Callback, agent_id: int, now: datetime) -> None:
    expires = now + timedelta(seconds=settings.OFFER_SECONDS)
    Callback.objects.filter(pk=callback.pk, state=CallbackState.WAITING).update(
        state=CallbackState.OFFERED, offered_to_id=agent_id, offer_expires_at=expires
    )
    audit.recording.record(
        "call.offered", account=agent_id, case=callback.case_id, details={"until": expires.isoformat()}
    )
    _tell(agent_id)
    live.publish_on_commit(f"case:{callback.case_id}")


def accept(*, agent_id: int, callback_id: int) -> Case:
    """The agent takes the call that they were offered, in time.

    Raises:
        Stale: the offer has gone on to somebody else, or the claimant has cancelled.
        Denied: it was asked for where the agent sits.
    """
    case = _accept(agent_id, callback_id)
    if case is None:
        raise Denied(insiders.refusal())
    return case


@transaction.atomic
def _accept(agent_id: int, callback_id: int) -> Case | None:
    callback = Callback.objects.select_for_update().select_related("case").filter(pk=callback_id).first()
    if callback is None or callback.offered_to_id != agent_id or callback.offer_expires_at is None:
        raise Stale(_("This call is no longer offered to you."))
    if callback.offer_expires_at <= clock.now():
        raise Stale(_("The offer has run out and goes on to the next agent."))
    if insiders.is_insider(callback, agent_id):
        _take_back(callback)
        insiders.mark([callback], [agent_id])
        lifecycle.free(agent_id)
        enqueue_once_on_commit("recovery.tasks.dispatch")
        return None
    return _assign(callback, agent_id, "call.offer_accepted")


@transaction.atomic
def pass_on(*, agent_id: int, callback_id: int) -> None:
    """The agent lets an offer go on to the next one and stays on duty; for a while they are not asked again.

    Raises:
        Stale: the offer has gone on already.
    """
    now = clock.now()
    callback = (
        Callback.objects.select_for_update()
        .filter(pk=callback_id, offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )
    if callback is None:
        raise Stale(_("This call is no longer offered to you."))
    Callback.objects.move(
        callback,
        CallbackState.WAITING,
        offered_to=None,
        offer_expires_at=None,
        **callback.passed(agent_id, now),
    )
    Duty.objects.move(Duty.objects.get(agent_id=agent_id), DutyState.FREE, since=now)
    audit.recording.record("call.passed_on", account=callback.case.account_id, case=callback.case_id)
    _tell(agent_id)
    live.publish_on_commit(f"case:{callback.case_id}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


def take(*, agent_id: int, callback_id: int) -> Case:
    """A free agent takes somebody from the queue by hand. Of two who click at once, one gets it.

    Raises:
        Stale: somebody else was faster.
        Denied: the agent is not free, it is their own account or was asked for where they sit, or the call
            is due later.
    """
    case = _take(agent_id, callback_id)
    if case is None:
        raise Denied(insiders.refusal())
    return case


@transaction.atomic
def _take(agent_id: int, callback_id: int) -> Case | None:
    callback = (
        Callback.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("case")
        .filter(pk=callback_id, state=CallbackState.WAITING, case__protected_at__isnull=False)
        .first()
    )
    if callback is None:
        raise Stale(_("Somebody else was faster, or the claimant has cancelled."))
    if callback.case.account_id == agent_id:
        raise Denied(_("Nobody works on their own account."))
    if callback.due_at > clock.now():
        raise Denied(_("This call is due later."))
    if not Duty.objects.filter(agent_id=agent_id, state=DutyState.FREE).exists():
        raise Denied(_("Go on duty first, and finish what you have."))
    if insiders.is_insider(callback, agent_id):
        insiders.mark([callback], [agent_id])
        return None
    return _assign(callback, agent_id, "call.taken")


def _assign(callback: Callback, agent_id: int, action: str) -> Case:
    busy_number = Callback.objects.filter(number=callback.number, state=CallbackState.ASSIGNED)
    on_the_line = CallAttempt.objects.filter(number=callback.number, state__in=states.LIVE_ATTEMPT)
    if busy_number.exists() or on_the_line.exists():
        raise Stale(_("Somebody is already calling this number."))
    case = callback.case
    try:
        with transaction.atomic():
            Callback.objects.move(
                callback, CallbackState.ASSIGNED, agent_id=agent_id, offered_to=None, offer_expires_at=None
            )
            Case.objects.move(
                case, CaseState.WORKING, agent_id=agent_id, worked_by=case.and_worked_by(agent_id)
            )
            Duty.objects.move(Duty.objects.get(agent_id=agent_id), DutyState.BUSY, since=clock.now())
    except IntegrityError:
        # One case an agent, one agent a number: the database says so to whoever came second.
        raise Stale(_("Somebody else was faster, or the claimant has cancelled.")) from None
    audit.recording.record(action, account=case.account_id, case=case.pk)
    _tell(agent_id)
    live.publish_on_commit(f"case:{case.pk}")
    return case


@transaction.atomic
def expire_offers() -> int:
    """Offers that nobody answered go on; who missed one goes off duty. Returns how many."""
    missed = list(
        Callback.objects.select_for_update(skip_locked=True).filter(
            state=CallbackState.OFFERED, offer_expires_at__lte=clock.now()
        )
    )
    for callback in missed:
        agent_id = callback.offered_to_id
        _take_back(callback)
        audit.recording.record("call.offer_missed", account=agent_id, actor=agent_id, case=callback.case_id)
        for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.OFFERED):
            Duty.objects.move(duty, DutyState.OFF, since=clock.now())
            audit.recording.record(
                "agent.off_duty", account=agent_id, actor=agent_id, details={"reason": "missed_offer"}
            )
        if agent_id:
            _tell(agent_id)
    return len(missed)


@transaction.atomic
def end_wrap_ups() -> None:
    """Wrap-ups whose timer has run out: who is there is ready, whose page is gone is off duty."""
    now = clock.now()
    over = Duty.objects.select_for_update(skip_locked=True).filter(
        state=DutyState.WRAP_UP, wrap_up_until__lte=now
    )
    for duty in over:
        if duty.is_gone(now):
            end_duty(duty.agent_id, reason="gone")
            continue
        _end_wrap_up(duty)
        Duty.objects.move(duty, DutyState.FREE, since=now, wrap_up_until=None)
        audit.recording.record("agent.ready", account=duty.agent_id, actor=duty.agent_id)
        _tell(duty.agent_id)
        enqueue_once_on_commit("recovery.tasks.dispatch")
    # Whoever left the desk in some other way writes no more either.
    still = Q(agent__duty__state__in=(DutyState.BUSY, DutyState.WRAP_UP))
    closed = Case.objects.filter(closed_at__isnull=False, wrap_up_ended_at=None)
    for case in closed.exclude(still):
        Case.objects.filter(pk=case.pk, wrap_up_ended_at=None).update(wrap_up_ended_at=now)


def _end_wrap_up(duty: Duty) -> None:
    """The agent turns to the next: their closed case is a snapshot from now on, and nobody is on the line."""
    for attempt in CallAttempt.objects.filter(agent=duty.agent_id, state__in=states.LIVE_ATTEMPT):
        to = AttemptState.ENDED if attempt.state == AttemptState.TALKING else AttemptState.CANCELLED
        lifecycle.end_call(attempt, to)
    closed = Case.objects.filter(agent=duty.agent_id, closed_at__isnull=False, wrap_up_ended_at=None)
    closed.update(wrap_up_ended_at=clock.now())


def _take_back(callback: Callback) -> None:
    Callback.objects.move(callback, CallbackState.WAITING, offered_to=None, offer_expires_at=None)
    live.publish_on_commit(f"case:{callback.case_id}")


def _tell(agent_id: int) -> None:
    live.publish_on_commit("desk")
    live.publish_on_commit(f"agent:{agent_id}")


def take_in() -> None:
    """Protect who has asked, and offer at once what can be offered: nobody waits for who asked after them."""
    while protect.protect_waiting() == protect.PROTECTED_AT_ONCE:
        dispatch()
    dispatch()


def sweep() -> None:
    """What the doorbell may have missed: overdue offers, wrap-ups, unprotected cases, waiting calls."""
    expire_offers()
    end_wrap_ups()
    take_in()
