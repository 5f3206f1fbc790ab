"""Live pages: after a commit, say on a channel *that* something changed, never what.

The page then fetches its fragment again, through the same view and the same checks as at first, so
nothing secret passes through Redis. Losing a message costs a few seconds: pages also poll.
"""

import logging

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


class _Updates(set[tuple[str, str]]):
    """Channels and events that a transaction has to tell of: each once, all in one trip to Redis."""

    def __call__(self) -> None:
        try:
            with client().pipeline(transaction=False) as speaker:
                for channel, event in sorted(self):
                    say(speaker, channel, event)
                speaker.execute()
        except redis.RedisError as error:
            log.warning("live updates not sent, %s: %s", ", ".join(sorted(dict(self))), error)


def publish_on_commit(channel: str, event: str = "changed") -> None:
    """Tell everyone who watches ``channel`` (``case:<id>``, ``agent:<id>``, ``desk``) about ``event``."""
    connection = transaction.get_connection()
    within = set(connection.savepoint_ids)
    for savepoints, registered, _robust in connection.run_on_commit:
        if isinstance(registered, _Updates) and savepoints == within:
            registered.add((channel, event))
            return
    transaction.on_commit(_Updates({(channel, event)}))


def say(speaker: redis.Redis, channel: str, event: str) -> None:
    """Say it at once, whatever becomes of a transaction."""
    speaker.eval(_PUBLISH, 0, PREFIX + channel, event)
