"""The queue: who is on duty, who is offered which call, and what happens when nobody answers the offer.

Everything here may run twice, late, or at the same time in several processes: each move is one guarded
update, and rows that somebody else holds are skipped instead of waited for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

import audit.recording
from common import clock, live
from recovery import insiders, states
from recovery.models import CallAttempt, Callback, Duty
from recovery.models.callback import TURN
from recovery.models.duty import GONE_AFTER
from recovery.queue import offers, policies, shifts, spending
from recovery.states import CallbackState, DutyState
from recovery.takeover import protect

FIRST_LOOK = 50
"""So many of those in line are looked at before all others."""


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

    def can_take(self, callback: Callback, now: datetime) -> bool:
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
        agent = next((one for one in left if one.can_take(callback, now)), None)
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
    offers.tell_agent(agent_id)
    live.publish_on_commit(f"case:{callback.case_id}")


def take_in() -> None:
    """Protect who has asked, and offer at once what can be offered: nobody waits for who asked after them."""
    while protect.protect_waiting() == protect.PROTECTED_AT_ONCE:
        dispatch()
    dispatch()


def sweep() -> None:
    """What no task has come for: overdue offers, wrap-ups, unprotected cases, waiting calls."""
    offers.expire_offers()
    shifts.end_overdue_wrap_ups()
    take_in()
