"""What calls may cost: a day's budget for each region, which fails closed.

A fifth of it is kept for requests from where the account was used before: strangers who have numbers called
in vain cannot use up what an owner needs.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from common import clock
from common.errors import Denied
from recovery.models import CallAttempt, Callback, CallSpending
from recovery.states import AttemptState

RESTS = timedelta(minutes=10)
"""A number that was called in vain is not rung for another request before this time is over. In vain: nobody
picked up, or nobody there had a page to read the code from."""
RANGE_CALLS = 30
"""Calls in vain to one hundred numbers in a row within an hour; further ones wait."""


def limit(*, unfamiliar: bool) -> int:
    daily: int = settings.CALLS_PER_REGION_A_DAY
    return daily * 4 // 5 if unfamiliar else daily


def spend(callback: Callback) -> None:
    """Count one call, inside the transaction that places it.

    Raises:
        Denied: the budget of the day is used up.
    """
    today = CallSpending.objects.filter(region=callback.region, day=clock.now().date())
    CallSpending.objects.bulk_create(
        [CallSpending(region=callback.region, day=clock.now().date())], ignore_conflicts=True
    )
    if not today.filter(calls__lt=limit(unfamiliar=callback.unfamiliar)).update(calls=F("calls") + 1):
        raise Denied(
            _(
                "Today’s call limit for this country has been reached. Return the case to the "
                "queue and tell a supervisor."
            )
        )


@dataclass(frozen=True)
class UsedUp:
    """The regions to which no more calls may be placed today: none at all, or none but those kept back."""

    for_all: frozenset[str]
    for_unfamiliar: frozenset[str]

    def stops(self, callback: Callback) -> bool:
        return callback.region in (self.for_unfamiliar if callback.unfamiliar else self.for_all)


def used_up() -> UsedUp:
    placed = dict(
        CallSpending.objects.filter(day=clock.now().date(), calls__gte=limit(unfamiliar=True)).values_list(
            "region", "calls"
        )
    )
    whole = limit(unfamiliar=False)
    return UsedUp(frozenset(region for region, calls in placed.items() if calls >= whole), frozenset(placed))


def resting() -> tuple[set[str], set[str]]:
    """Numbers, and ranges of a hundred, that were called in vain too lately or too often."""
    now = clock.now()
    in_vain = CallAttempt.objects.filter(
        ended_at__gt=now - timedelta(hours=1), read_out_confirmed_at__isnull=True
    ).exclude(state=AttemptState.CANCELLED, answered_at__isnull=True)
    numbers: set[str] = set()
    ranges: dict[str, int] = {}
    for number, ended_at in in_vain.values_list("number", "ended_at"):
        ranges[number[:-2]] = ranges.get(number[:-2], 0) + 1
        if ended_at and ended_at > now - RESTS:
            numbers.add(number)
    return numbers, {one for one, calls in ranges.items() if calls >= RANGE_CALLS}
