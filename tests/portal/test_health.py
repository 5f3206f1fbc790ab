"""Alive and ready: what a load balancer asks, and what it is told when a part is gone."""

import time

import pytest
import redis
from django.db import DatabaseError, connection
from django.test import Client

from common.redis import client as redis_client
from portal import health

pytestmark = pytest.mark.django_db


def test_alive_asks_nobody(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_once_a_worker_has_shown_itself(client: Client) -> None:
    assert client.get("/readyz").status_code == 503
    health.beat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "redis": True, "worker": True})


def test_a_worker_that_has_been_silent_for_a_minute_is_not_ready(client: Client) -> None:
    redis_client().set(health.HEARTBEAT_KEY, int(time.time()) - health.STALE_SECONDS - 1)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (503, False)


def test_without_redis_it_says_so_and_does_not_fail(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.1)
    monkeypatch.setattr(health, "client", lambda: gone)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "redis": False, "worker": False})


def test_without_a_database_it_says_so_and_does_not_fail(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError

    health.beat()
    monkeypatch.setattr(connection, "cursor", gone)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)


@pytest.mark.parametrize("path", ["/", "/help/", "/healthz", "/nowhere/", "/account/"])
def test_every_answer_carries_the_strict_policy(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_pages_of_people_stay_out_of_every_cache(client: Client) -> None:
    assert client.get("/help/").headers["Cache-Control"] == "no-store"
