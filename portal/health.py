"""Is it alive, and can it work? For load balancers and people; no secrets, no sign-in."""

import logging
import time

import redis
from celery import shared_task
from celery.signals import worker_ready
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.access import public
from common.redis import client

log = logging.getLogger(__name__)
HEARTBEAT_KEY = "worker:heartbeat"
STALE_SECONDS = 60


@shared_task(name="portal.health.beat")
def beat() -> None:
    """Run by a worker on beat's word: proof that beat, broker and a worker are all there."""
    client().set(HEARTBEAT_KEY, int(time.time()), ex=STALE_SECONDS * 10)


@worker_ready.connect
def started(**_worker: object) -> None:
    """A worker that has just come up says so at once, without waiting for beat."""
    try:
        beat()
    except redis.RedisError as error:
        log.warning("the first heartbeat was not written: %s", error)


@public
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public
def ready(request: HttpRequest) -> JsonResponse:
    """200 with ``{"database": true, "redis": true, "worker": true}``, or 503 where one of them is false."""
    found = {"database": _database(), "redis": _redis(), "worker": _worker()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> bool:
    try:
        return bool(client().ping())
    except redis.RedisError:
        return False


def _worker() -> bool:
    try:
        last = client().get(HEARTBEAT_KEY)
    except redis.RedisError:
        return False
    return last is not None and time.time() - int(str(last)) < STALE_SECONDS
