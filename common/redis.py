"""One Redis (or Valkey) client a process. Short time limits: a page must not wait for a dead server."""

from functools import cache

import redis
from django.conf import settings


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=1, decode_responses=True
    )
