"""What Suzuki types into the search box, and what it is taken to mean; the rest is said."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from django.utils import timezone, translation

from audit.registry import TYPES
from audit.search import box, periods
from audit.search.forms import IN_BOX, SearchForm

NOW = datetime(2026, 3, 11, 6, 30, 15, tzinfo=UTC)
"""A Wednesday, 15:30 in Tokyo."""


@pytest.fixture(autouse=True)
def _in_tokyo():
    timezone.activate("Asia/Tokyo")


def local(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


class TestPeriods:
    @pytest.mark.parametrize(
        ("typed", "since", "until"),
        [
            ("today", "2026-03-11 00:00:00", "2026-03-12 00:00:00"),
            ("Yesterday", "2026-03-10 00:00:00", "2026-03-11 00:00:00"),
            ("昨日", "2026-03-10 00:00:00", "2026-03-11 00:00:00"),
            ("last week", "2026-03-02 00:00:00", "2026-03-09 00:00:00"),
            ("先月", "2026-02-01 00:00:00", "2026-03-01 00:00:00"),
            ("last 7 days", "2026-03-04 15:30:00", ""),
            ("直近24時間", "2026-03-10 15:30:00", ""),
            ("2026-03-01", "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("2026/3/1", "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("1 March 2026", "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("Mar 1, 2026", "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("2026年3月1日", "2026-03-01 00:00:00", "2026-03-02 00:00:00"),
            ("12 Dec", "2025-12-12 00:00:00", "2025-12-13 00:00:00"),
            ("2026年3月", "2026-03-01 00:00:00", "2026-04-01 00:00:00"),
            ("2025年", "2025-01-01 00:00:00", "2026-01-01 00:00:00"),
            ("2026-03-01 23:41", "2026-03-01 23:41:00", "2026-03-01 23:42:00"),
            ("2026-03-01 23:41:07", "2026-03-01 23:41:07", "2026-03-01 23:41:08"),
            ("3月1日 23時", "2026-03-01 23:00:00", "2026-03-02 00:00:00"),
            ("from 1 Mar to 5 Mar", "2026-03-01 00:00:00", "2026-03-06 00:00:00"),
            ("2026-03-01..2026-03-05", "2026-03-01 00:00:00", "2026-03-06 00:00:00"),
            ("3月1日から3月5日まで", "2026-03-01 00:00:00", "2026-03-06 00:00:00"),
            ("1 Mar 10:00 to 11:00", "2026-03-01 10:00:00", "2026-03-01 11:00:00"),
            ("since 1 March", "2026-03-01 00:00:00", ""),
            ("after 1 March", "2026-03-02 00:00:00", ""),
            ("until yesterday", "", "2026-03-11 00:00:00"),
            ("before 2026-03-01", "", "2026-03-01 00:00:00"),
            ("3月1日以降", "2026-03-01 00:00:00", ""),
        ],
    )
    def test_it_is_a_time(self, typed, since, until):
        span = periods.read(typed, NOW)
        assert span is not None
        assert (local(span[0]), local(span[1])) == (since, until)

    @pytest.mark.parametrize(
        "typed",
        ["", "77", "foo", "2026-02-31", "9999-01-01", "25:00", "from 5 Mar to 1 Mar", "last 9999999 days"],
    )
    def test_it_is_none(self, typed):
        assert periods.read(typed, NOW) is None

    def test_an_hour_that_comes_twice_is_searched_whole(self):
        timezone.activate("America/New_York")
        since, until = periods.read("2025-11-02 01:30", NOW) or (None, None)
        assert since is not None
        assert until is not None
        assert until - since == timedelta(hours=1, minutes=1)


@pytest.mark.django_db
class TestBox:
    @pytest.fixture(autouse=True)
    def _people(self, person):
        self.hanako = person("Hanako Zeta", email="hanako.zeta@example.jp").pk
        self.sato = person("Satoquist").pk

    @pytest.mark.parametrize(
        ("typed", "means"),
        [
            ("R-000123", {"case": 123}),
            ("case 77", {"case": 77}),
            ("77", {"case": 77}),
            ("案件７７", {"case": 77}),
            ("account 12", {"account": (12,)}),
            ("198.51.100.7", {"address": ip_network("198.51.100.7")}),
            ("198.51.100.77/24", {"address": ip_network("198.51.100.0/24")}),
            ("2001:db8::1", {"address": ip_network("2001:db8::1")}),
            ("Netherlands", {"country": "NL"}),
            ("hong kong", {"country": "HK"}),
            ("NL", {"country": "NL"}),
            ("failed", {"outcome": "failed"}),
            ("sign_in.failed", {"action": "sign_in.failed"}),
            ("credential.*", {"action": "credential"}),
            ("password changed", {"action": "credential.password.changed"}),
            ("Failed sign-in", {"action": "sign_in.failed"}),
        ],
    )
    def test_one_thing(self, typed, means):
        understood = box.read(typed, NOW)
        assert (understood.fields, understood.rest) == (means, [])

    def test_people_by_address_by_name_and_by_what_they_did(self):
        for typed in (
            "hanako.zeta@example.jp",
            "Hanako.Zeta@Example.jp",
            "hanako zeta",
            '"Hanako Zeta"',
            "「Hanako Zeta」",
        ):
            assert box.read(typed, NOW).fields == {"account": (self.hanako,)}, typed
        for typed in ("by Satoquist", "by: satoquist", 'by "Satoquist"', "実行者:Satoquist"):
            assert box.read(typed, NOW).fields == {"person": (self.sato,)}, typed
        both = box.read("hanako.zeta@example.jp satoquist", NOW)
        assert set(both.fields["account"]) == {self.hanako, self.sato}

    def test_a_whole_sentence(self):
        understood = box.read("failed sign-in Hanako Zeta by satoquist yesterday 198.51.100.7", NOW)
        assert understood.rest == []
        assert understood.fields.pop("since") == datetime(2026, 3, 9, 15, tzinfo=UTC)
        assert understood.fields.pop("until") == datetime(2026, 3, 10, 15, tzinfo=UTC)
        assert understood.fields == {
            "action": "sign_in.failed",
            "account": (self.hanako,),
            "person": (self.sato,),
            "address": ip_network("198.51.100.7"),
        }

    def test_in_japanese(self):
        with translation.override("ja"):
            understood = box.read("パスワード 変更 オランダ 失敗 昨日", NOW)
        assert understood.rest == []
        assert understood.fields["country"] == "NL"
        assert understood.fields["outcome"] == "failed"
        assert understood.fields["action"] == "credential.password.changed"

    @pytest.mark.parametrize(
        ("typed", "rest"),
        [
            ("blorp", ["blorp"]),
            ("nobody@example.jp failed", ["nobody@example.jp"]),
            ("198.51.100.7 198.51.100.8", ["198.51.100.8"]),
            ("300.1.1.1", ["300.1.1.1"]),
            ("with the", ["with", "the"]),
            ('"failed"', ['"failed"']),
            (" ".join(["77"] + ["x"] * 20), ["x"] * 20),
        ],
    )
    def test_what_it_does_not_understand_it_says(self, typed, rest):
        assert box.read(typed, NOW).rest == rest

    @pytest.mark.parametrize(
        "typed",
        ['"failed" blorp', " ".join(f"qx{number}" for number in range(20)), "“blorp”  blip", "ｂｌｏｒｐ"],
    )
    def test_what_is_left_means_the_same_when_it_is_read_again(self, typed):
        left = " ".join(box.read(typed, NOW).rest)
        again = box.read(left, NOW)
        assert (again.fields, " ".join(again.rest)) == ({}, left)

    def test_a_long_line_asks_the_database_a_few_dozen_times_at_most(self, django_assert_max_num_queries):
        with django_assert_max_num_queries(3 * box.MAX_WORDS):
            box.read("qx " * 60, NOW)


def test_every_event_is_found_by_its_name():
    for name in TYPES:
        assert box.events(name) == name


def test_every_filter_is_in_the_box_or_among_the_further_ones():
    assert set(SearchForm.base_fields) == {"q", *IN_BOX, *(bound.name for bound in SearchForm().more())}
