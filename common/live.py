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


def publish_on_commit(channel: str, event: str = "changed") -> None:
    """Tell everyone who watches ``channel`` (``case:<id>``, ``agent:<id>``, ``desk``) about ``event``."""
    transaction.on_commit(partial(_publish, channel, event))


def _publish(channel: str, event: str) -> None:
    try:
        client().publish(PREFIX + channel, event)
    except redis.RedisError as error:
        log.warning("live update of %s not sent: %s", channel, error)
