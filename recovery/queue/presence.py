"""Who is at the desk: a page of the console that is open says so, and whoever's page is gone is off duty.

Nobody is offered a call who would not see it, and no claimant is promised a call by somebody who has left.
Who talks to a claimant is not thrown off: their absence is shown to those who lead, and a call that nobody
says the end of is ended after a while.
"""

from collections.abc import Iterable
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
from recovery.models import CallAttempt, Duty
from recovery.models.duty import GONE_AFTER
from recovery.queue import shifts
from recovery.states import AttemptState, DutyState

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
    at_work = Duty.objects.filter(may_not).exclude(state__in=(DutyState.OFF, DutyState.BUSY))
    for agent in at_work.values_list("agent", flat=True):
        _end_duty(agent, "role")
    _end_calls_left_open()


def _end_duty(agent_id: int, reason: str, only: Q | None = None) -> bool:
    try:
        return shifts.end_duty(agent_id, reason=reason, only=only)
    except Stale:
        return False  # an offer came in this moment: the next sweep sees it


def _end_calls_left_open() -> None:
    lost = clock.now() - GONE_AFTER - CALL_LEFT_OPEN
    left = CallAttempt.objects.filter(state__in=states.LIVE_ATTEMPT, agent__duty__seen_at__lte=lost)
    for attempt in left.select_related("callback"):
        with transaction.atomic():
            lifecycle.lock_callback(attempt.callback.case_id)
            still = CallAttempt.objects.filter(pk=attempt.pk, state__in=states.LIVE_ATTEMPT)
            for one in still.select_related("callback__case"):
                lifecycle.end_call(one, AttemptState.LEFT_OPEN)
