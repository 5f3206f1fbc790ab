"""Who is at the desk: a page of the console that is open says so, and whoever's page is gone is off duty.

Nobody is offered a call who would not see it, and no claimant is promised a call by somebody who has left.
Who talks to a claimant is not thrown off: their absence is shown to those who lead, and a call that nobody
says the end of is ended after a while.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta

import redis
from django.db import transaction
from django.db.models import Q

import accounts.selectors
from common import clock, live
from common.errors import Stale
from common.redis import client
from recovery import insiders, lifecycle, states
from recovery.cases import changes
from recovery.models import CallAttempt, Case, Duty
from recovery.models.duty import GONE_AFTER
from recovery.queue import shifts
from recovery.states import AttemptState, CaseState, DutyState

BEAT = timedelta(seconds=10)
"""More often than this a page need not be noted."""
CALL_LEFT_OPEN = timedelta(minutes=10)
"""So long after their page was last there, a call that its agent has not ended is taken to be over."""
AT_REST = (DutyState.FREE, DutyState.OFFERED)


def here(*, agent_id: int) -> None:
    """A page of this person's console is open at this moment."""
    now = clock.now()
    # Also who is off duty may be wanted for a decision. Where this is lost, they are written to.
    with suppress(redis.RedisError):
        client().set(_page(agent_id), 1, ex=GONE_AFTER)
    Duty.objects.filter(agent=agent_id, seen_at__lt=now - BEAT).exclude(state=DutyState.OFF).update(
        seen_at=now, seen_from="".join(insiders.origin())
    )


def has_page_open(people: Iterable[int]) -> bool:
    """Has one of them a page of the console open, on duty or not?"""
    keys = [_page(one) for one in people]
    try:
        return bool(keys) and client().exists(*keys) > 0
    except redis.RedisError:
        return False


def _page(person: int) -> str:
    return f"page:{person}"


def signed_out(*, agent_id: int, reason: str) -> None:
    """A session of theirs has ended. Inside the transaction that ended it.

    Whoever has a case or a call in hand keeps it, and is shown as gone.
    """
    on_duty = Duty.objects.filter(agent=agent_id).exclude(state=DutyState.OFF)
    if not on_duty.exists() or accounts.selectors.is_signed_in(agent_id):
        return
    if not _end_duty(agent_id, "signed_out" if reason == "signed_out" else "session_ended"):
        on_duty.update(seen_at=clock.now() - GONE_AFTER)
        live.publish_on_commit("desk")


def sweep() -> None:
    """Whose page is gone, or who may not work here any more, is off duty; calls that were left open end."""
    now = clock.now()
    gone = Q(state__in=AT_REST, seen_at__lte=now - GONE_AFTER)
    for agent in Duty.objects.filter(gone).values_list("agent", flat=True):
        _end_duty(agent, "gone", only=gone)
    roles = accounts.selectors.roles_with(insiders.PERMISSION)
    may_not = Q(agent__is_active=False) | ~Q(agent__role__in=roles)
    at_work = Duty.objects.filter(may_not).exclude(state=DutyState.OFF)
    for agent, is_active in at_work.values_list("agent", "agent__is_active"):
        stop_working(agent_id=agent, reason="role" if is_active else "disabled")
    _end_calls_left_open()


@transaction.atomic
def stop_working(*, agent_id: int, reason: str) -> None:
    """From this moment on they have nothing in hand: their case goes back to its place in line, a call counts
    as broken off, and their duty ends. Inside the transaction that decided it.

    Nobody can pull the plug of a telephone, so they may talk on for a moment; but nothing that they could
    still do counts, and the claimant is called again by somebody else.
    """
    for _round in range(3):
        try:
            with transaction.atomic():
                _put_down(agent_id, reason)
                shifts.end_duty(agent_id, reason=reason)
                if not Duty.objects.filter(agent=agent_id).exclude(state=DutyState.OFF).exists():
                    return
                raise Stale
        except Stale:
            continue  # they accepted a call in this moment: it is seen now, or by the next sweep


def _put_down(agent_id: int, reason: str) -> None:
    """Their case is free for others, and no call is theirs."""
    for case in Case.objects.filter(agent=agent_id, state=CaseState.WORKING):
        changes.reassign(case=case, by=None, reason=reason)
    for attempt in _live_calls(agent=agent_id):
        # The case is closed, and they still talk.
        talked = attempt.state == AttemptState.TALKING
        lifecycle.end_call(attempt, AttemptState.ENDED if talked else AttemptState.CANCELLED)


def _end_duty(agent_id: int, reason: str, only: Q | None = None) -> bool:
    try:
        return shifts.end_duty(agent_id, reason=reason, only=only)
    except Stale:
        return False  # an offer came in this moment: the next sweep sees it


def _end_calls_left_open() -> None:
    lost = clock.now() - GONE_AFTER - CALL_LEFT_OPEN
    left = CallAttempt.objects.filter(state__in=states.LIVE_ATTEMPT, agent__duty__seen_at__lte=lost)
    for attempt in left:
        with transaction.atomic():
            for one in _live_calls(pk=attempt.pk):
                lifecycle.end_call(one, AttemptState.LEFT_OPEN)


def _live_calls(**which: int) -> Iterator[CallAttempt]:
    """These calls, as far as they live once their case is held."""
    for attempt in CallAttempt.objects.filter(**which, state__in=states.LIVE_ATTEMPT).select_related(
        "callback"
    ):
        lifecycle.lock_callback(attempt.callback.case_id)
        still = CallAttempt.objects.filter(pk=attempt.pk, state__in=states.LIVE_ATTEMPT)
        yield from still.select_related("callback__case")
