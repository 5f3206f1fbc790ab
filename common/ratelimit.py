"""Bounded tries, counted in Redis by one atomic step.

When Redis is away the count goes on in this process: the bound then holds for each process instead of
for all of them together, but it never disappears, and no page fails for it.
"""

import logging
from collections import Counter

import redis
from django.utils.translation import gettext as _

from common import clock
from common.errors import Throttled
from common.redis import client

log = logging.getLogger(__name__)
_local: Counter[str] = Counter()

_SPEND = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return used
"""


def spend(name: str, key: str, *, limit: int, seconds: int) -> None:
    """Count one try of ``name`` by ``key``: at most ``limit`` in each fixed window of ``seconds``.

    Raises:
        Throttled: the window is used up.
    """
    moment = int(clock.now().timestamp())
    slot = f"limit:{name}:{key}:{moment // seconds}"
    try:
        used = int(client().eval(_SPEND, 1, slot, seconds))
    except redis.RedisError:
        log.warning("Redis is away: counting %s in this process", name)
        if len(_local) > 10_000:
            _local.clear()
        _local[slot] += 1
        used = _local[slot]
    if used > limit:
        wait = seconds - moment % seconds
        raise Throttled(_("Too many tries. Please wait a little and try again."), wait)
