"""Live pages: after a commit, say on a channel *that* something changed, never what.

The page then asks for its fragment anew, through the same view and the same checks as at first, so
nothing secret passes through Redis. Losing a message costs a few seconds: pages also ask by themselves.
"""

import logging
from functools import partial

import redis
from django.db import transaction

from common.redis import client

log = logging.getLogger(__name__)
PREFIX = "live:"

# Redis stamps each message by its own clock, in microseconds: whoever heard one knows which others came
# later, in whichever process that may be.
_PUBLISH = """
local now = redis.call('TIME')
return redis.call('PUBLISH', ARGV[1], string.format('%s%06d %s', now[1], now[2], ARGV[2]))
"""


def publish_on_commit(channel: str, event: str = "changed") -> None:
    """Tell everyone who watches ``channel`` (``case:<id>``, ``agent:<id>``, ``desk``) about ``event``."""
    transaction.on_commit(partial(_publish, channel, event))


def say(speaker: redis.Redis, channel: str, event: str) -> None:
    """Say it at once, whatever becomes of a transaction."""
    speaker.eval(_PUBLISH, 0, PREFIX + channel, event)


def _publish(channel: str, event: str) -> None:
    try:
        say(client(), channel, event)
    except redis.RedisError as error:
        log.warning("live update of %s not sent: %s", channel, error)
