"""What somebody in line may know: their place, and the likely wait.

Both leave out what only the portal knows. A takeover that is found to be running moves its case forward; a
place or a wait that showed it would tell a stranger that the e-mail names an account, and that it was taken
over. So all who say that their account was taken over look alike here, and each wait allows for others of
them who go first.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import Avg, Case, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, When
from django.db.models.functions import Greatest

import audit.reading
from common import clock
from recovery import states
from recovery.cases import policies as case_policies
from recovery.models import CallAttempt, Callback, Duty
from recovery.models.case import Category
from recovery.models.duty import GONE_AFTER
from recovery.queue import estimator, spending
from recovery.queue.estimator import Wait
from recovery.queue.spending import UsedUp
from recovery.states import AttemptState, DutyState

RANK = ("lane", "shown")
"""What puts one call before another whenever they are due, as far as a claimant may know: smaller first."""

HIDDEN = 0.5
"""So many of those who look as urgent are taken to be more urgent: more may not be known of them."""

MEASURED_FOR = 5
"""Seconds for which a process keeps what the desk as a whole was like lately: it does not change quickly."""

LATELY = timedelta(hours=1)
CALLS, CALLS_WITHIN, MIN_CALLS = 400, timedelta(days=7), 20
"""The mean handling time is that of the last 400 calls of a week, once there are 20."""

LAST = 2**63 - 1
"""The place of somebody who has none yet: behind all who asked before."""


@dataclass(frozen=True)
class Outlook:
    """``ahead``: how many are called before. ``attended``: somebody who speaks the language is on duty.

    ``wait`` None says that no wait can be promised.
    """

    ahead: int
    attended: bool
    wait: Wait | None


def of(callback: Callback) -> Outlook:
    """The place and the wait of somebody in line."""
    rank = _rank(callback.lane, callback.priority)
    line = _line(rank, callback.due_at, callback.pk, until=max(clock.now(), callback.due_at))
    return _outlook(callback.language, rank, line, _at_desk())


def for_new(category: Category | str, languages: Iterable[str]) -> dict[str, Outlook]:
    """What somebody who asks now may expect, by language, with everybody as urgent in front of them."""
    rank, now = _rank(0, case_policies.priority_of(category)), clock.now()
    line, agents = _line(rank, now, LAST, until=now), _at_desk()
    return {language: _outlook(language, rank, line, agents) for language in languages}


# The order: ``RANK``, then who is due first


def _ranked() -> QuerySet[Callback]:
    return Callback.objects.annotate(shown=Greatest(F("priority"), case_policies.CLAIMED))


def _rank(lane: int, priority: int) -> tuple[int, ...]:
    return (lane, max(priority, case_policies.CLAIMED))


def _place(rank: tuple[int, ...], due_at: datetime, pk: int) -> tuple[Q, Q]:
    """Whoever stands before this place in line, and whoever is of its rank and stands behind it."""
    before, alike = Q(), Q()
    for name, value in zip(RANK, rank, strict=True):
        before |= alike & Q(**{f"{name}__lt": value})
        alike &= Q(**{name: value})
    earlier = Q(due_at__lt=due_at) | Q(due_at=due_at, pk__lt=pk)
    return before | (alike & earlier), alike & ~earlier


_Line = Mapping[str, tuple[int, int]]
_Agents = Sequence[tuple[frozenset[str], bool]]


def _line(rank: tuple[int, ...], due_at: datetime, pk: int, *, until: datetime) -> _Line:
    """By language: how many stand before such a place, and how many of the same rank behind it."""
    before, behind = _place(rank, due_at, pk)
    counted = (
        _ranked()
        .exclude(pk=pk)
        .filter(state__in=states.IN_LINE, due_at__lte=until)
        .values_list("language")
        .annotate(ahead=Count("pk", filter=before), behind=Count("pk", filter=behind))
    )
    return {language: (ahead, behind) for language, ahead, behind in counted}


def _at_desk() -> _Agents:
    """The languages of each agent on duty, and whether they could take a call this moment."""
    # Who was at no page for a minute is not at the desk.
    on_duty = Duty.objects.filter(agent__is_active=True, seen_at__gt=clock.now() - GONE_AFTER)
    # Who is being asked counts as free: the call that they are asked for counts as waiting.
    return [
        (frozenset(languages), state in (DutyState.FREE, DutyState.OFFERED))
        for languages, state in on_duty.exclude(state=DutyState.OFF).values_list("agent__languages", "state")
    ]


def _outlook(language: str, rank: tuple[int, ...], line: _Line, agents: _Agents) -> Outlook:
    """Two waits can be told, and neither is shorter than the truth, so the shorter one is told.

    Agents of two languages take calls in both: either everybody in line for such agents counts as well, or
    such agents do not count at all.
    """
    speak = [one for one in agents if language in one[0]]
    only = [one for one in speak if one[0] == {language}]
    waits = [_wait(those, rank, line) for those in ((speak, only) if only != speak else (speak,))]
    return Outlook(
        ahead=line.get(language, (0, 0))[0],
        attended=bool(speak),
        wait=min(filter(None, waits), key=lambda wait: wait.high or math.inf, default=None),
    )


def _wait(agents: _Agents, rank: tuple[int, ...], line: _Line) -> Wait | None:
    lately = measured()
    spoken = frozenset[str]().union(*(languages for languages, _free in agents))
    hidden = HIDDEN if rank[-1] == case_policies.CLAIMED else 0
    ahead = sum(line[one][0] for one in spoken & line.keys())
    behind = sum(line[one][1] for one in spoken & line.keys())
    overtake = sum(
        asked * (1 if other < rank else hidden)
        for (tongue, *other_rank), asked in lately.asked.items()
        if tongue in spoken and (other := tuple(other_rank)) <= rank
    )
    return estimator.estimate(
        ahead=ahead + math.ceil(hidden * behind),
        agents=len(agents),
        free=sum(free for _languages, free in agents),
        handling=lately.handling,
        # One more than were counted: an hour without any does not show that there are none.
        overtaking=(overtake + 1) / LATELY.total_seconds(),
        missed=lately.missed,
        answering=settings.OFFER_SECONDS,
    )


# The desk as a whole, lately


@dataclass(frozen=True)
class Measured:
    """``asked``: how many calls became due in the last hour, by language and rank. ``missed``: the share of
    offers that came to nothing. ``handling``: seconds that a call keeps an agent. ``used_up``: where no more
    calls may be placed today.
    """

    asked: Mapping[tuple[str, *tuple[int, ...]], int]
    missed: float
    handling: float
    used_up: UsedUp


def measured() -> Measured:
    return _measured(int(clock.now().timestamp()) // MEASURED_FOR)


def forget() -> None:
    """Measure anew at the next question."""
    _measured.cache_clear()


@lru_cache(maxsize=1)
def _measured(_moment: int) -> Measured:
    now = clock.now()
    asked = (
        _ranked()
        .filter(due_at__gt=now - LATELY, due_at__lte=now)
        .values_list("language", *RANK)
        .annotate(calls=Count("pk"))
    )
    return Measured(
        asked={tuple(key): count for *key, count in asked},
        missed=_missed(now),
        handling=_handling(now),
        used_up=spending.used_up(),
    )


def _missed(now: datetime) -> float:
    """As if there had been twenty offers more, of which the usual share was missed."""
    offers = audit.reading.count_of(
        ("call.offered", "call.offer_missed", "call.passed_on"), since=now - LATELY
    )
    missed = offers["call.offer_missed"] + offers["call.passed_on"]
    usual = 20 * estimator.MISSED
    # Of an offer that was made before the hour only its end was counted.
    return (missed + usual) / (max(offers["call.offered"], missed) + 20)


def _handling(now: datetime) -> float:
    """Mean time from the call to the end of the wrap-up; after a conversation the case is decided first."""
    decided = Case(
        When(
            state=AttemptState.ENDED,
            agent=F("callback__case__agent"),
            then=F("callback__case__closed_at"),
        )
    )
    took = ExpressionWrapper(Greatest(F("ended_at"), decided) - F("placed_at"), output_field=DurationField())
    latest = (
        CallAttempt.objects.filter(ended_at__gt=now - CALLS_WITHIN)
        .order_by("-ended_at")
        .values(took=took)[:CALLS]
    )
    calls = latest.aggregate(mean=Avg("took"), count=Count("*"))
    if calls["count"] < MIN_CALLS:
        return estimator.HANDLING_SECONDS
    return float(calls["mean"].total_seconds() + settings.WRAP_UP_SECONDS)
