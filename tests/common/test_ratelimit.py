"""Tries are bounded, with Redis and without."""

import pytest
import redis

from common import ratelimit
from common.errors import Throttled
from common.ratelimit import Bound
from common.redis import client

WIDE = Bound("wide", "all", limit=100, seconds=3600)
NARROW = Bound("narrow", "one", limit=2, seconds=3600)
LAST = Bound("last", "one", limit=3, seconds=3600)


class Away:
    def eval(self, *arguments: object) -> None:
        raise redis.ConnectionError


@pytest.fixture(params=["with Redis", "without"])
def _counting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    ratelimit._local.clear()
    if request.param == "without":
        monkeypatch.setattr(ratelimit, "client", Away)


@pytest.mark.usefixtures("_counting")
def test_the_bound_that_is_used_up_first_is_named_and_those_after_it_do_not_count():
    for _ in range(2):
        ratelimit.spend_each(WIDE, NARROW, LAST)
    for _ in range(5):
        with pytest.raises(Throttled) as refused:
            ratelimit.spend_each(WIDE, NARROW, LAST)
        assert refused.value.name == "narrow"
        assert 0 < refused.value.retry_after <= 3600
    # Two tries reached the last bound: a third is free, a fourth is not.
    ratelimit.spend_each(LAST)
    with pytest.raises(Throttled):
        ratelimit.spend_each(LAST)


@pytest.mark.usefixtures("_counting")
def test_one_key_does_not_use_up_the_tries_of_another():
    for key in ("one", "two"):
        ratelimit.spend("once", key, limit=1, seconds=60)
    with pytest.raises(Throttled):
        ratelimit.spend("once", "one", limit=1, seconds=60)


def test_a_count_in_redis_ends_with_its_window():
    ratelimit.spend("once", "one", limit=1, seconds=60)
    (slot,) = client().keys("limit:once:*")
    assert 0 < client().ttl(slot) <= 60
