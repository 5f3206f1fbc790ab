"""The time that she types is meant in the zone that the page says beside it, also where clocks change."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from audit.search.forms import SearchForm
from common import clock
from common.local_time import readings
from recovery.cases import intake
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.claimant.forms.status import TimeForm
from recovery.models import Callback, Case
from tests.recovery.claimant.test_request import ask
from tests.support.asking import walks_to
from tests.support.desk_scenario import NUMBER, Desk
from tests.support.http_client import Visitor

pytestmark = pytest.mark.django_db

LEGACY = ("Asia/Calcutta", "US/Eastern", "Etc/GMT+9", "UTC", "GMT", "Japan", "EST5EDT")
NO_ZONES = ("x", "Moon/Base", "../../etc/passwd", "localtime", "Factory", "a" * 500, "東京", "Asia/Tokyo\x00")
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def tomorrow_at_ten(zone: str) -> datetime:
    here = clock.now().astimezone(ZoneInfo(zone)) + timedelta(days=1)
    return here.replace(hour=10, minute=0, second=0, microsecond=0)


def shown_zone(page: str) -> str:
    (zone,) = re.findall(r'name="zone" value="([^"]*)"', page)
    return str(zone)


def test_the_page_says_which_zone_is_meant_and_its_form_carries_it(client: Client) -> None:
    page = walks_to(client, "time/").content.decode()
    assert "In your time: Japan Time." in page
    assert shown_zone(page) == "Asia/Tokyo"
    client.cookies["tz"] = BERLIN
    page = walks_to(client, "time/").content.decode()
    assert "In your time: Central European Time." in page
    assert shown_zone(page) == BERLIN


@pytest.mark.parametrize("cookie", [BERLIN, NEW_YORK])
def test_on_a_first_visit_the_time_is_meant_in_the_zone_that_the_page_said(
    client: Client, cookie: str
) -> None:
    said = shown_zone(walks_to(client, "time/").content.decode())
    client.cookies["tz"] = cookie  # it came to be known after the page was written
    chosen = tomorrow_at_ten("Asia/Tokyo")
    assert ask(client, when="later", zone=said, due_at=f"{chosen:%Y-%m-%dT%H:%M}").status_code == 302
    case = Case.objects.get()
    assert (case.callback.due_at, case.zone) == (chosen, "Asia/Tokyo")


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, *LEGACY])
def test_the_zone_of_the_form_counts_whatever_else_is_known(client: Client, zone: str) -> None:
    client.cookies["tz"] = "Australia/Sydney"
    chosen = tomorrow_at_ten(zone)
    assert ask(client, when="later", zone=zone, due_at=f"{chosen:%Y-%m-%dT%H:%M}").status_code == 302
    case = Case.objects.get()
    assert (case.callback.due_at, case.zone) == (chosen, zone)


@pytest.mark.parametrize("zone", LEGACY)
def test_the_older_names_of_zones_are_understood_and_have_words(client: Client, zone: str) -> None:
    client.cookies["tz"] = zone
    page = walks_to(client, "time/").content.decode()
    assert shown_zone(page) == zone
    words = re.findall(r"In your time: ([^.]+)\.", page)[0]
    assert "Unknown" not in words
    if zone == "Etc/GMT+9":
        assert words == "UTC-09"  # not +9, as the name seems to say


@pytest.mark.parametrize("zone", NO_ZONES)
def test_an_unknown_zone_is_asked_about_and_nothing_typed_is_lost(client: Client, zone: str) -> None:
    due_at = f"{tomorrow_at_ten('Asia/Tokyo'):%Y-%m-%dT%H:%M}"
    answer = ask(client, when="later", zone=zone, due_at=due_at)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "We couldn’t detect your time zone." in page
    assert shown_zone(page) == "Asia/Tokyo"
    assert "In your time: Japan Time." in page
    assert f'value="{due_at}"' in page
    assert not Case.objects.exists()


@pytest.mark.parametrize("zone", ["", *NO_ZONES])
def test_an_unknown_zone_does_not_stop_who_is_to_be_called_now(client: Client, zone: str) -> None:
    assert ask(client, zone=zone).status_code == 302
    assert Case.objects.get().zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    "due_at",
    ["0001-01-01T00:00", "9999-12-31T23:59", "2026-13-01T10:00", "2026-11-25T10:00+09:00", "\x00", "10:00"],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_time_at_the_end_of_the_calendar_is_refused_in_words(
    client: Client, zone: str, due_at: str
) -> None:
    assert ask(client, when="later", zone=zone, due_at=due_at).status_code == 422


def test_the_bounds_of_the_field_are_in_the_zone_of_the_form() -> None:
    with clock.pretend(datetime(2026, 11, 25, 12, 0, tzinfo=UTC)):
        field = str(TimeForm({"zone": NEW_YORK})["due_at"])
    assert 'min="2026-11-25T07:05"' in field
    assert 'max="2026-12-02T07:05"' in field


# Where clocks change


class Change:
    """A local time that is none or two, what is offered for it, and the moments that are meant."""

    def __init__(self, zone: str, local: str, offered: dict[str, str], said: str) -> None:
        self.zone, self.local, self.said = zone, local, said
        self.offered = {words: datetime.fromisoformat(moment) for words, moment in offered.items()}
        self.day_before = next(iter(self.offered.values())) - timedelta(hours=20)


TWICE = "The clocks go back on this day, so this time happens twice."
NEVER = "The clocks go forward on this day, so this time doesn’t exist."
CHANGES = {
    "Berlin back": Change(
        BERLIN,
        "2026-10-25T02:30",
        {
            "02:30, summer time (CEST)": "2026-10-25T00:30+00:00",
            "02:30, winter time (CET)": "2026-10-25T01:30+00:00",
        },
        TWICE,
    ),
    "Berlin forward": Change(
        BERLIN,
        "2027-03-28T02:30",
        {
            "01:30, winter time (CET)": "2027-03-28T00:30+00:00",
            "03:30, summer time (CEST)": "2027-03-28T01:30+00:00",
        },
        NEVER,
    ),
    "New York back": Change(
        NEW_YORK,
        "2026-11-01T01:00",
        {
            "01:00, summer time (EDT)": "2026-11-01T05:00+00:00",
            "01:00, winter time (EST)": "2026-11-01T06:00+00:00",
        },
        TWICE,
    ),
    "half an hour forward": Change(
        "Australia/Lord_Howe",
        "2026-10-04T02:15",
        {
            "01:45, winter time (UTC+1030)": "2026-10-03T15:15+00:00",
            "02:45, summer time (UTC+11)": "2026-10-03T15:45+00:00",
        },
        NEVER,
    ),
    "over midnight": Change(
        "America/Santiago",
        "2026-09-06T00:30",
        {
            "5 Sep, 23:30, winter time (UTC-04)": "2026-09-06T03:30+00:00",
            "6 Sep, 01:30, summer time (UTC-03)": "2026-09-06T04:30+00:00",
        },
        NEVER,
    ),
}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def offered_in(page: str) -> dict[str, str]:
    """The words of each reading, and what its button sends."""
    found = re.findall(r'name="reading" value="([^"]+)"[^>]*>\s*<span>([^<]+)</span>', page)
    return {words: value for value, words in found}


def asks(browser: Client, change: Change, **typed: Any) -> Any:
    with clock.pretend(change.day_before):
        return ask(browser, when="later", zone=change.zone, due_at=change.local, **typed)


@each_change
def test_a_time_that_comes_twice_or_never_is_explained_and_both_readings_are_offered(
    client: Client, change: Change
) -> None:
    answer = asks(client, change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert change.said in page
    assert "couldn" not in page
    assert list(offered_in(page)) == list(change.offered)
    assert " checked" not in page.split('name="reading"')[1].split(">")[0]
    assert f'value="{change.local}"' in page
    with clock.pretend(change.day_before):
        assert "hanako@example.jp" in client.get("/help/taken-over/email/").content.decode()
    assert not Case.objects.exists()


@each_change
@pytest.mark.parametrize("which", [0, 1])
def test_the_reading_that_she_chooses_is_meant(client: Client, change: Change, which: int) -> None:
    offered = offered_in(asks(client, change).content.decode())
    words, moment = list(change.offered.items())[which]
    assert asks(client, change, reading=offered[words]).status_code == 302
    case = Case.objects.get()
    assert (case.callback.due_at, case.zone) == (moment, change.zone)


def test_a_second_click_on_her_choice_changes_nothing(client: Client) -> None:
    change = CHANGES["Berlin back"]
    value = offered_in(asks(client, change).content.decode())["02:30, winter time (CET)"]
    for _click in range(2):
        assert asks(client, change, reading=value).status_code == 302
    assert Callback.objects.count() == 1


def test_her_choice_stays_while_something_else_is_wrong(client: Client) -> None:
    change = CHANGES["Berlin back"]
    value = offered_in(asks(client, change).content.decode())["02:30, winter time (CET)"]
    assert "Enter the phone number" in asks(client, change, reading=value, number="").content.decode()
    with clock.pretend(change.day_before):
        client.post("/help/taken-over/number/", {"number": "090-1234-5678"})
        page = client.get("/help/taken-over/time/").content.decode()
    assert f'value="{value}" checked' in page
    assert TWICE not in page


@pytest.mark.parametrize(
    "reading", ["", "0", "2026-10-25T01:30:00+02:00", "2026-10-26T02:30:00+01:00", "\x00"]
)
def test_a_reading_of_another_time_is_no_choice(client: Client, reading: str) -> None:
    assert asks(client, CHANGES["Berlin back"], reading=reading).status_code == 422


def test_a_plain_time_needs_no_choice_and_ignores_one(client: Client) -> None:
    change = CHANGES["Berlin back"]
    with clock.pretend(change.day_before):
        answer = ask(
            client,
            when="later",
            zone=BERLIN,
            due_at="2026-10-25T12:00",
            reading="2026-10-25T02:30:00+02:00",
        )
    assert answer.status_code == 302
    assert Case.objects.get().callback.due_at == datetime(2026, 10, 25, 11, 0, tzinfo=UTC)


@each_change
def test_on_the_status_page_too(client: Client, change: Change) -> None:
    with clock.pretend(change.day_before):
        _case, client.cookies[CAPABILITY_COOKIE] = intake.open_case(
            email="x@example.jp", number=NUMBER, category="taken_over", language="en", zone=BERLIN
        )
        typed = {"zone": change.zone, "due_at": change.local}
        answer = client.post("/status/time/", typed)
        assert answer.status_code == 422
        assert change.said in answer.content.decode()
        offered = offered_in(answer.content.decode())
        words, moment = list(change.offered.items())[1]
        assert client.post("/status/time/", {**typed, "reading": offered[words]}).status_code == 302
    assert Callback.objects.get().due_at == moment


def test_on_the_status_page_the_zone_of_the_form_counts(client: Client, desk: Desk) -> None:
    _case, client.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    said = shown_zone(client.get("/status/time/").content.decode())
    assert said == "Asia/Tokyo"
    client.cookies["tz"] = NEW_YORK
    chosen = tomorrow_at_ten(said)
    client.post("/status/time/", {"zone": said, "due_at": f"{chosen:%Y-%m-%dT%H:%M}"})
    assert Callback.objects.get().due_at == chosen


def test_in_japanese_too(client: Client) -> None:
    client.cookies["language"] = "ja"
    page = asks(client, CHANGES["Berlin back"]).content.decode()
    assert "この時刻は2回" in page
    assert [words for words in offered_in(page) if "夏時間" in words]
    page = asks(client, CHANGES["Berlin forward"]).content.decode()
    assert "この時刻は存在しません" in page


def test_an_ordinary_time_means_one_moment() -> None:
    assert len(readings(datetime(2026, 10, 25, 12, 0), ZoneInfo(BERLIN))) == 1  # noqa: DTZ001


# The zone of an account, and the search of the trail


@pytest.mark.parametrize("zone", [*NO_ZONES, ""])
def test_an_unknown_zone_of_a_profile_is_refused_in_words(desk: Desk, zone: str) -> None:
    visitor = Visitor().signs_in(desk.alice)
    User.objects.filter(pk=desk.alice.user.pk).update(language="en")
    answer = visitor.post("accounts:profile", name="Alice", language="en", zone=zone)
    assert answer.status_code == 422
    if zone:
        assert "Choose a time zone from the list." in answer.content.decode()


def test_a_zone_that_is_in_no_list_stays_until_another_is_chosen(desk: Desk) -> None:
    visitor = Visitor().signs_in(desk.alice)
    User.objects.filter(pk=desk.alice.user.pk).update(zone="Etc/GMT+9")
    assert '<option value="Etc/GMT+9" selected>' in visitor.get("accounts:profile").content.decode()
    visitor.post("accounts:profile", name="Alice", language="en", zone="Etc/GMT+9")
    assert User.objects.get(pk=desk.alice.user.pk).zone == "Etc/GMT+9"


@each_change
def test_a_search_of_the_trail_by_such_a_time_is_as_wide_as_it_can_mean(change: Change) -> None:
    first, last = sorted(change.offered.values())
    with timezone.override(change.zone), translation.override("en"):
        for name, moment in (("since", first), ("until", last)):
            form = SearchForm({name: change.local})
            assert form.is_valid(), form.errors
            assert form.cleaned_data[name] == moment
