"""The queue: who is on duty, who is offered which call, and what happens when nobody answers the offer.

Everything here may run twice, late, or at the same time in several processes: each move is one guarded
update, and rows that somebody else holds are skipped instead of waited for.
"""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

import audit.services
from common import clock, live
from common.errors import Denied, Stale
from common.jobs import enqueue_on_commit
from recovery import policies, states
from recovery.models import CallAttempt, Callback, Case, Duty
from recovery.models.callback import TURN
from recovery.services import cases, spending
from recovery.states import AttemptState, CallbackState, CaseState, DutyState

BUSY = (CallbackState.OFFERED, CallbackState.ASSIGNED)
"""While one request for a number is in these, no other one for it is offered: it rings once."""


@transaction.atomic
def go_on_duty(*, agent_id: int) -> None:
    """From now on the agent is offered calls. A second click changes nothing."""
    now = clock.now()
    duty, made = Duty.objects.get_or_create(
        agent_id=agent_id, defaults={"state": DutyState.FREE, "since": now}
    )
    if not made:
        if duty.state != DutyState.OFF:
            return
        Duty.objects.move(duty, DutyState.FREE, since=now)
    audit.services.record("agent.on_duty", account=agent_id)
    _tell(agent_id)
    enqueue_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def go_off_duty(*, agent_id: int, reason: str = "asked") -> None:
    """No more offers; an offer that stands goes on to the next agent.

    Raises:
        Denied: the agent still works on a case.
    """
    offer = (
        Callback.objects.select_for_update()
        .filter(offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )
    duty = Duty.objects.select_for_update().filter(agent_id=agent_id).first()
    if duty is None or duty.state == DutyState.OFF:
        return
    if duty.state == DutyState.BUSY:
        raise Denied(_("Finish your case or hand it back first."))
    if duty.state == DutyState.OFFERED:
        if offer is None:
            raise Stale(_("This has changed in the meantime. Look at the page again."))
        _take_back(offer)
    if duty.state == DutyState.WRAP_UP:
        _hang_up(agent_id)
    Duty.objects.move(duty, DutyState.OFF, since=clock.now(), wrap_up_until=None)
    audit.services.record("agent.off_duty", account=agent_id, actor=agent_id, details={"reason": reason})
    _tell(agent_id)
    enqueue_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def be_ready(*, agent_id: int) -> None:
    """The wrap-up is done, by the agent's word or by its timer."""
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.WRAP_UP):
        _hang_up(agent_id)
        Duty.objects.move(duty, DutyState.FREE, since=clock.now(), wrap_up_until=None)
        audit.services.record("agent.ready", account=agent_id, actor=agent_id)
        _tell(agent_id)
        enqueue_on_commit("recovery.tasks.dispatch")


def dispatch() -> int:
    """Offer what is due to who is free, until one of the two runs out. Returns the number of offers."""
    offers = 0
    tried: set[int] = set()
    held_back = _held_back()
    while (agent_id := _offer_one(tried, held_back)) is not None:
        tried.add(agent_id)
        offers += 1
    return offers


def _held_back() -> Q:
    """Requests that are not called now, for what calls cost. A first call only waits; all of them end."""
    numbers, ranges = spending.resting()
    begins = Q()
    for one in ranges:
        begins |= Q(number__startswith=one)
    first = Q(tries=0, unfamiliar=True)
    held = first & Q(number__in=numbers)
    if ranges:
        held |= first & begins
    used_up = spending.used_up()
    held |= Q(unfamiliar=True, region__in=used_up.for_unfamiliar)
    return held | Q(region__in=used_up.for_all)


@transaction.atomic
def _offer_one(tried: set[int], held_back: Q) -> int | None:
    """One offer, to the agent who has been free the longest and has something that fits."""
    now = clock.now()
    free = (
        Duty.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("agent")
        .filter(state=DutyState.FREE, agent__is_active=True)
        .exclude(agent_id__in=tried)
        .order_by("since", "pk")
    )
    for duty in free:
        callback = (
            Callback.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                state=CallbackState.WAITING,
                due_at__lte=now,
                language__in=duty.agent.languages,
                case__protected_at__isnull=False,
            )
            .exclude(passed_by__contains=[duty.agent_id], passed_at__gt=now - policies.PASS_HOLDS)
            .exclude(case__account_id=duty.agent_id)
            .exclude(number__in=Callback.objects.filter(state__in=BUSY).values("number"))
            .exclude(held_back)
            .order_by(*TURN)
            .first()
        )
        if callback is None:
            continue
        expires = now + timedelta(seconds=settings.OFFER_SECONDS)
        Callback.objects.move(
            callback, CallbackState.OFFERED, offered_to_id=duty.agent_id, offer_expires_at=expires
        )
        Duty.objects.move(duty, DutyState.OFFERED, since=now)
        audit.services.record(
            "call.offered",
            account=duty.agent_id,
            case=callback.case_id,
            details={"until": expires.isoformat()},
        )
        _tell(duty.agent_id)
        live.publish_on_commit(f"case:{callback.case_id}")
        return duty.agent_id
    return None


@transaction.atomic
def accept(*, agent_id: int, callback_id: int) -> Case:
    """The agent takes the call that they were offered, in time.

    Raises:
        Stale: the offer has gone on to somebody else, or the claimant has cancelled.
    """
    callback = Callback.objects.select_for_update().select_related("case").filter(pk=callback_id).first()
    if callback is None or callback.offered_to_id != agent_id or callback.offer_expires_at is None:
        raise Stale(_("This call is no longer offered to you."))
    if callback.offer_expires_at <= clock.now():
        raise Stale(_("The offer has run out and goes on to the next agent."))
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
    audit.services.record("call.passed_on", account=callback.case.account_id, case=callback.case_id)
    _tell(agent_id)
    live.publish_on_commit(f"case:{callback.case_id}")
    enqueue_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def take(*, agent_id: int, callback_id: int) -> Case:
    """A free agent takes somebody from the queue by hand. Of two who click at once, one gets it.

    Raises:
        Stale: somebody else was faster.
        Denied: the agent is not free, it is their own account, or the call is due later.
    """
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
    return _assign(callback, agent_id, "call.taken")


def _assign(callback: Callback, agent_id: int, action: str) -> Case:
    busy_number = Callback.objects.filter(number=callback.number, state=CallbackState.ASSIGNED)
    if busy_number.exists():
        raise Stale(_("Somebody is already calling this number."))
    case = callback.case
    try:
        with transaction.atomic():
            Callback.objects.move(
                callback, CallbackState.ASSIGNED, agent_id=agent_id, offered_to=None, offer_expires_at=None
            )
            Case.objects.move(case, CaseState.WORKING, agent_id=agent_id)
            Duty.objects.move(Duty.objects.get(agent_id=agent_id), DutyState.BUSY, since=clock.now())
    except IntegrityError:
        # One case an agent, one agent a number: the database says so to whoever came second.
        raise Stale(_("Somebody else was faster, or the claimant has cancelled.")) from None
    audit.services.record(action, account=case.account_id, case=case.pk)
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
        audit.services.record("call.offer_missed", account=agent_id, actor=agent_id, case=callback.case_id)
        for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.OFFERED):
            Duty.objects.move(duty, DutyState.OFF, since=clock.now())
            audit.services.record(
                "agent.off_duty", account=agent_id, actor=agent_id, details={"reason": "missed_offer"}
            )
        if agent_id:
            _tell(agent_id)
    return len(missed)


@transaction.atomic
def end_wrap_ups() -> None:
    """Wrap-ups whose timer has run out, though the browser may be closed."""
    for duty in Duty.objects.select_for_update(skip_locked=True).filter(
        state=DutyState.WRAP_UP, wrap_up_until__lte=clock.now()
    ):
        be_ready(agent_id=duty.agent_id)


def _take_back(callback: Callback) -> None:
    Callback.objects.move(callback, CallbackState.WAITING, offered_to=None, offer_expires_at=None)
    live.publish_on_commit(f"case:{callback.case_id}")


def _hang_up(agent_id: int) -> None:
    """What still counts as a conversation when the agent turns to the next one is over."""
    for attempt in CallAttempt.objects.filter(agent_id=agent_id, state__in=states.LIVE_ATTEMPT):
        to = AttemptState.ENDED if attempt.state == AttemptState.TALKING else AttemptState.CANCELLED
        CallAttempt.objects.move(attempt, to, ended_at=clock.now())
        live.publish_on_commit(f"case:{attempt.callback.case_id}")


def _tell(agent_id: int) -> None:
    live.publish_on_commit("desk")
    live.publish_on_commit(f"agent:{agent_id}")


def sweep() -> None:
    """What the doorbell may have missed: unprotected cases, overdue offers, wrap-ups, waiting calls."""
    for case_id in Case.objects.filter(protected_at__isnull=True).values_list("pk", flat=True)[:100]:
        cases.protect(case_id=case_id)
    expire_offers()
    end_wrap_ups()
    dispatch()
