"""Tries are bounded, with Redis and without."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from common import clock, ratelimit
from common.errors import Throttled
from common.ratelimit import Bound
from common.redis import client

NOW = datetime(2026, 11, 22, 14, 41, tzinfo=UTC)
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


def test_without_redis_ten_thousand_new_keys_set_no_count_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever floods with keys of their own pushes out what is over, then those, and no count of tries."""
    monkeypatch.setattr(ratelimit, "client", Away)
    ratelimit._local.clear()
    with clock.pretend(NOW - timedelta(hours=3)):
        ratelimit.spend("forgotten", "old", limit=1, seconds=3600)
    with clock.pretend(NOW):
        for _ in range(3):
            ratelimit.spend("guessing", "her", limit=3, seconds=3600)
        for number in range(21_000):
            ratelimit.count(Bound("flood", str(number), limit=1, seconds=(60, 3600)[number % 2]))
        with pytest.raises(Throttled):
            ratelimit.spend("guessing", "her", limit=3, seconds=3600)
    assert len(ratelimit._local) <= 10_000
    assert Bound("forgotten", "old", 1, 3600).slot(int(NOW.timestamp()) - 3 * 3600) not in ratelimit._local


@pytest.mark.usefixtures("_counting")
def test_counting_refuses_nothing_and_says_who_is_over():
    counts = [ratelimit.count(WIDE, NARROW) for _ in range(4)]
    assert [each[1].is_over for each in counts] == [False, False, True, True]
    assert [each[1].is_first_over for each in counts] == [False, False, True, False]
    assert [each[0].used for each in counts] == [1, 2, 3, 4]


@pytest.mark.usefixtures("_counting")
def test_where_strangers_count_too_each_window_ends_elsewhere_and_never_too_early():
    bounds = [Bound("shared", str(number), limit=10, seconds=60, shared=True) for number in range(40)]
    limits = {bound.limit_at(minute * 60) for bound in bounds for minute in range(20)}
    assert limits == set(range(10, 16))
    for bound in bounds[:3]:
        allowed = [not ratelimit.count(bound)[0].is_over for _ in range(20)]
        assert all(allowed[:10])
        assert not any(allowed[15:])


def test_a_count_in_redis_ends_with_its_window():
    ratelimit.spend("once", "one", limit=1, seconds=60)
    (slot,) = client().keys("limit:once:*")
    assert 0 < client().ttl(slot) <= 60
