"""Finding events: every filter alone, pages that neither lose nor repeat, counts that know their limit."""

import ipaddress
import itertools
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from audit import reading, recording
from audit.context import Context, use
from audit.models import Event
from audit.reading import Cursor, Filters
from audit.search import counting
from common import clock
from common.network import Origin

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def history(account, another):
    """Three events about one account: its owner's, a thief's from elsewhere, and an agent's look at it."""
    home = Context(account, Origin("192.0.2.10", "JP", "Safari, iOS"), uuid4(), uuid4())
    thief = Context(None, Origin("198.51.100.7", "NL", "Chrome, Windows"), uuid4(), uuid4())
    agent = Context(another, Origin("192.0.2.99", "JP", "Firefox, Linux"), uuid4(), uuid4())
    with clock.pretend(START), use(home):
        recording.record("sign_in.succeeded", account=account, details={"factor": "totp"})
    with clock.pretend(START + timedelta(hours=1)), use(thief):
        recording.record("sign_in.failed", account=account, outcome="failed", details={"factor": "password"})
    with clock.pretend(START + timedelta(hours=2)), use(agent):
        recording.record("account.read", account=account, case=int(account), details={"reason": "case"})
    return {"home": home, "thief": thief, "agent": agent}


def found(whose: int, **filters) -> list[str]:
    wanted = Filters(**{"account": (whose,), **filters})
    entries = reading.events(wanted).entries
    assert counting.count(wanted).count == len(entries)
    return [entry.action for entry in entries]


def test_newest_first(account, history):
    assert found(account) == ["account.read", "sign_in.failed", "sign_in.succeeded"]


def test_by_person(account, another, history):
    assert found(account, person=(account,)) == ["sign_in.succeeded"]
    assert found(account, person=(another,)) == ["account.read"]
    assert found(account, account=(), person=(another, account)) == ["account.read", "sign_in.succeeded"]


def test_by_action_and_by_a_group_of_actions(account, history):
    assert found(account, action="sign_in.failed") == ["sign_in.failed"]
    assert found(account, action="sign_in") == ["sign_in.failed", "sign_in.succeeded"]
    assert found(account, action="account,sign_in.failed") == ["account.read", "sign_in.failed"]


@pytest.mark.parametrize(
    ("network", "actions"),
    [
        ("198.51.100.7/32", ["sign_in.failed"]),
        ("198.51.100.0/24", ["sign_in.failed"]),
        ("192.0.2.0/24", ["account.read", "sign_in.succeeded"]),
        ("192.0.2.0/28", ["sign_in.succeeded"]),
        ("0.0.0.0/0", ["account.read", "sign_in.failed", "sign_in.succeeded"]),
        ("2001:db8::/32", []),
    ],
)
def test_by_address_and_by_network(account, history, network, actions):
    assert found(account, address=ipaddress.ip_network(network)) == actions


def test_by_country_outcome_and_case(account, history):
    assert found(account, country="NL") == ["sign_in.failed"]
    assert found(account, outcome="failed") == ["sign_in.failed"]
    assert found(account, outcome="ok", country="JP") == ["account.read", "sign_in.succeeded"]
    assert found(account, account=(), case=account) == ["account.read"]


def test_by_session_and_by_request(account, history):
    assert found(account, account=(), session=history["thief"].session) == ["sign_in.failed"]
    assert found(account, account=(), request=history["agent"].request) == ["account.read"]


def test_by_time_with_the_beginning_and_without_the_end(account, history):
    hour = timedelta(hours=1)
    assert found(account, since=START + hour) == ["account.read", "sign_in.failed"]
    assert found(account, since=START, until=START + hour) == ["sign_in.succeeded"]
    assert found(account, until=START) == []


def test_every_filter_is_tried_here():
    tried = {"account", "person", "action", "address", "country", "outcome", "case", "session", "request"}
    assert {field.name for field in fields(Filters)} == tried | {"since", "until"}


class TestPages:
    @pytest.fixture
    def crowd(self, account):
        """Twenty-three events, most of them in the very same instant."""
        for number in range(23):
            with clock.pretend(START + timedelta(seconds=max(0, number - 18))):
                recording.record("sign_out", account=account, actor=account if number % 2 else None)
        return Filters(account=(account,))

    @pytest.mark.parametrize("by_person", [False, True])
    @pytest.mark.parametrize("size", [1, 5, 22, 23, 24])
    def test_going_back_and_forth_meets_every_event_once(self, account, crowd, size, by_person):
        filters = replace(crowd, person=(account,)) if by_person else crowd
        everything = [entry.id for entry in reading.events(filters, size=100).entries]
        assert len(everything) == (11 if by_person else 23)

        pages, page = [], reading.events(filters, size=size)
        assert page.newer is None
        while True:
            pages.append([entry.id for entry in page.entries])
            if page.older is None:
                break
            page = reading.events(filters, before=page.older, size=size)
        assert list(itertools.chain(*pages)) == everything

        while page.newer is not None:
            pages.pop()
            page = reading.events(filters, after=page.newer, size=size)
            assert [entry.id for entry in page.entries] == pages[-1]
        assert len(pages) == 1

    def test_a_page_stays_where_it_is_while_new_events_arrive(self, account, crowd):
        first = reading.events(crowd, size=5)
        second = reading.events(crowd, before=first.older, size=5)
        recording.record("sign_out", account=account)
        assert reading.events(crowd, before=first.older, size=5) == second

    def test_any_depth_is_read_from_the_index(self, crowd):
        """The keyset is one comparison of rows, which the primary key serves."""
        self.make_do_without("seqscan", "bitmapscan", "sort")
        rows = reading._slice(Event.objects.all(), Cursor(START, 10**9), None, 51)
        plan = rows.explain()
        assert "ROW(occurred_at, id) < ROW(" in plan.partition("Index Cond: ")[2]
        assert "->  Sort" not in plan
        assert "audit_event_2" not in plan, "months after the place in the trail are not opened"

    def test_another_persons_acts_are_read_from_their_own_index(self, account):
        self.make_do_without("seqscan", "bitmapscan", "sort")
        _mine, others = reading._parts(Filters(person=(account,)))
        assert "actor_occurred_at_idx" in reading._slice(others, None, None, 51).explain()

    def make_do_without(self, *ways: str) -> None:
        """A table of a few rows is read whole; a real one is not."""
        with connection.cursor() as cursor:
            for way in ways:
                cursor.execute(f"SET LOCAL enable_{way} = off")

    @pytest.mark.parametrize(
        "text", ["", "x", "1-x", "-1", "1-0", "1--1", f"{10**30}-1", f"1-{2**63}", "1" * 5000]
    )
    def test_a_cursor_that_is_none_is_refused(self, text):
        with pytest.raises(ValueError):
            Cursor.parse(text)

    def test_a_cursor_survives_the_url_to_the_microsecond(self):
        cursor = Cursor(START + timedelta(microseconds=1), 7)
        assert Cursor.parse(str(cursor)) == cursor


class TestCounting:
    def test_it_stops_at_its_limit_and_says_so(self, account, monkeypatch):
        monkeypatch.setattr(counting, "COUNTED", 5)
        for number in range(6):
            with clock.pretend(START + timedelta(days=number)):
                recording.record("sign_out", account=account)
        counted = counting.count(Filters(account=(account,)))
        assert (counted.count, counted.capped) == (5, True)
        monkeypatch.setattr(counting, "COUNTED", 6)
        counted = counting.count(Filters(account=(account,)))
        assert (counted.count, counted.capped) == (6, False)

    @pytest.mark.parametrize(
        ("step", "unit"),
        [
            (timedelta(seconds=40), "minute"),
            (timedelta(hours=5), "hour"),
            (timedelta(days=6), "day"),
            (timedelta(days=40), "week"),
            (timedelta(days=90), "month"),
        ],
    )
    @pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York", "Asia/Kathmandu"])
    def test_the_columns_hold_every_event_once(self, account, step, unit, zone):
        """Across the nights when summer time begins and ends in New York."""
        for number in range(9):
            with clock.pretend(datetime(2025, 10, 30, tzinfo=UTC) + number * step):
                bad = number % 3 == 0
                recording.record("sign_out", account=account, outcome="failed" if bad else "ok")
        with timezone.override(zone):
            counted = counting.count(Filters(account=(account,)))
        assert counted.unit == unit
        assert sum(bucket.count for bucket in counted.buckets) == 9
        assert sum(bucket.bad for bucket in counted.buckets) == 3
        assert len(counted.buckets) < 130
        for earlier, later in itertools.pairwise(counted.buckets):
            assert earlier.end == later.start
            assert earlier.start < later.start

    def test_nothing_found_is_nothing_drawn(self, account):
        counted = counting.count(Filters(account=(account,)))
        assert (counted.count, counted.capped, list(counted.buckets)) == (0, False, [])
