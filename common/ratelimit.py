"""Bounded tries, counted in Redis by one atomic step.

When Redis is away the count goes on in this process: the bound then holds for each process instead of
for all of them together, but it never disappears, and no page fails for it.
"""

import hashlib
import heapq
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import redis
from django.conf import settings
from django.utils.translation import gettext as _

from common import clock
from common.errors import Throttled
from common.redis import client

log = logging.getLogger(__name__)

# Counts slot after slot. Where ARGV[1] says so it stops at the first that is used up, as single calls one
# after the other would.
_COUNT = """
local used = {}
for i, slot in ipairs(KEYS) do
  used[i] = redis.call('INCR', slot)
  if used[i] == 1 then redis.call('EXPIRE', slot, ARGV[2 * i + 1]) end
  if ARGV[1] == '1' and used[i] > tonumber(ARGV[2 * i]) then break end
end
return used
"""


@dataclass(frozen=True)
class Bound:
    """At most ``limit`` tries of ``name`` by ``key`` in each fixed window of ``seconds``.

    ``shared``: people who do not know of each other count here, such as those of one network. The limit of
    each window is then drawn from ``limit`` to half more: from where it ends nobody can tell whether
    somebody else has tried, too.
    """

    name: str
    key: str
    limit: int
    seconds: int
    shared: bool = False

    def slot(self, moment: int) -> str:
        return f"limit:{self.name}:{self.key}:{moment // self.seconds}"

    def limit_at(self, moment: int) -> int:
        if not self.shared:
            return self.limit
        drawn = hmac.digest(settings.SECRET_KEY.encode(), self.slot(moment).encode(), hashlib.sha256)
        return self.limit + drawn[0] % (self.limit // 2 + 1)

    def ends_in(self, moment: int) -> int:
        """Seconds until the next window."""
        return self.seconds - moment % self.seconds


@dataclass(frozen=True)
class Count:
    """One try counted: ``used`` in this window with it, of ``limit``."""

    bound: Bound
    used: int
    limit: int

    @property
    def is_over(self) -> bool:
        return self.used > self.limit

    @property
    def is_first_over(self) -> bool:
        return self.used == self.limit + 1


def spend(name: str, key: str, *, limit: int, seconds: int) -> None:
    """Count one try of ``name`` by ``key``: at most ``limit`` in each fixed window of ``seconds``.

    Raises:
        Throttled: the window is used up.
    """
    spend_each(Bound(name, key, limit, seconds))


def spend_each(*bounds: Bound) -> None:
    """Count one try against each of these, in one step, up to the first that is used up.

    Raises:
        Throttled: one is used up; its ``name`` says which. Those after it have not been counted.
    """
    moment = _moment()
    for count in _counted(bounds, moment, stop=True):
        if count.is_over:
            raise Throttled(
                _("Too many attempts. Wait a moment, then try again."),
                count.bound.ends_in(moment),
                count.bound.name,
                is_first=count.is_first_over,
            )


def count(*bounds: Bound) -> list[Count]:
    """Count one try against each of these and refuse nothing: the caller decides what follows."""
    return _counted(bounds, _moment(), stop=False)


def is_over(bound: Bound) -> bool:
    """Count one try; is its window used up?"""
    return count(bound)[0].is_over


def _moment() -> int:
    return int(clock.now().timestamp())


def _counted(bounds: Sequence[Bound], moment: int, *, stop: bool) -> list[Count]:
    if not bounds:
        return []
    slots = [bound.slot(moment) for bound in bounds]
    limits = [bound.limit_at(moment) for bound in bounds]
    arguments = [
        number for limit, bound in zip(limits, bounds, strict=True) for number in (limit, bound.seconds)
    ]
    try:
        used = client().eval(_COUNT, len(slots), *slots, int(stop), *arguments)
    except redis.RedisError:
        log.warning("Redis is away: counting %s in this process", ", ".join(bound.name for bound in bounds))
        used = _count_here(bounds, slots, limits, moment, stop=stop)
    return [Count(*each) for each in zip(bounds, map(int, used), limits, strict=False)]


class _Windows:
    """Counts of this process, for at most ``room`` windows.

    The oldest are forgotten first: those that end the soonest, and of these the least used. Whoever floods
    with keys of their own pushes out those, and not a count that is nearly used up.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        # By slot: when its window ends, and how often it was used.
        self._counts: dict[str, tuple[int, int]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def __contains__(self, slot: str) -> bool:
        return slot in self._counts

    def add(self, slot: str, ends: int) -> int:
        with self._lock:
            if slot not in self._counts and len(self._counts) >= self.room:
                for old in heapq.nsmallest(
                    max(1, self.room // 10), self._counts, key=self._counts.__getitem__
                ):
                    del self._counts[old]
            used = self._counts.get(slot, (ends, 0))[1] + 1
            self._counts[slot] = (ends, used)
            return used

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()


_local = _Windows(room=10_000)


def _count_here(
    bounds: Sequence[Bound], slots: Sequence[str], limits: Sequence[int], moment: int, *, stop: bool
) -> list[int]:
    used: list[int] = []
    for bound, slot, limit in zip(bounds, slots, limits, strict=True):
        used.append(_local.add(slot, moment + bound.ends_in(moment)))
        if stop and used[-1] > limit:
            break
    return used
