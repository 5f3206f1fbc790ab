"""Bounded tries, counted in Redis by one atomic step.

When Redis is away the count goes on in this process: the bound then holds for each process instead of
for all of them together, but it never disappears, and no page fails for it.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import redis
from django.utils.translation import gettext as _

from common import clock
from common.errors import Throttled
from common.redis import client

log = logging.getLogger(__name__)
_local: Counter[str] = Counter()

# Counts slot after slot and stops at the first that is used up, as single calls one after the other would.
_SPEND = """
local used = {}
for i, slot in ipairs(KEYS) do
  used[i] = redis.call('INCR', slot)
  if used[i] == 1 then redis.call('EXPIRE', slot, ARGV[2 * i]) end
  if used[i] > tonumber(ARGV[2 * i - 1]) then break end
end
return used
"""


@dataclass(frozen=True)
class Bound:
    """At most ``limit`` tries of ``name`` by ``key`` in each fixed window of ``seconds``."""

    name: str
    key: str
    limit: int
    seconds: int

    def slot(self, moment: int) -> str:
        return f"limit:{self.name}:{self.key}:{moment // self.seconds}"


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
    moment = int(clock.now().timestamp())
    slots = [bound.slot(moment) for bound in bounds]
    arguments = [number for bound in bounds for number in (bound.limit, bound.seconds)]
    try:
        counted = client().eval(_SPEND, len(slots), *slots, *arguments)
    except redis.RedisError:
        log.warning("Redis is away: counting %s in this process", ", ".join(bound.name for bound in bounds))
        counted = _count_here(bounds, slots)
    for bound, used in zip(bounds, counted, strict=False):
        if int(used) > bound.limit:
            wait = bound.seconds - moment % bound.seconds
            raise Throttled(_("Too many tries. Please wait a little and try again."), wait, bound.name)


def _count_here(bounds: Sequence[Bound], slots: Sequence[str]) -> list[int]:
    if len(_local) > 10_000:
        _local.clear()
    counted: list[int] = []
    for bound, slot in zip(bounds, slots, strict=True):
        _local[slot] += 1
        counted.append(_local[slot])
        if counted[-1] > bound.limit:
            break
    return counted
