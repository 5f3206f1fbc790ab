"""*What happened here*: where the account was used, who is signed in, and what can be undone."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import CredentialChange, Session
from accounts.pages.activity import activity
from common import clock
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

PAGE = "accounts:activity"


def seen(visitor: Visitor):
    return visitor.get(PAGE).context["activity"]


def test_each_browser_and_country_has_a_lane_the_last_used_first(hanako: Actor) -> None:
    for days in (20, 12, 5):
        people.come_in(hanako.user, people.HOME, clock.now() - timedelta(days=days))
    people.come_in(hanako.user, people.ON_THE_WAY, clock.now() - timedelta(days=3))
    found = seen(Visitor().signs_in(hanako))
    assert [(lane.browser, lane.sign_ins, lane.here) for lane in found.lanes] == [
        ("Chrome, Windows", 4, True),
        ("Mobile Safari, iOS", 1, False),
    ]


def test_a_takeover_stands_out_and_leads_to_the_question(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    found = activity_of(hanako)
    (strange,) = [lane for lane in found.lanes if lane.doubted]
    assert strange.country == "NL"
    assert {mark.what for mark in strange.marks if mark.doubted} >= {"", "email", "password", "totp_replaced"}
    assert found.is_doubted
    assert [one.can_object for one in found.changes[:3]] == [True, True, True]


def activity_of(hanako: Actor):
    session = Session.objects.filter(user=hanako.user).latest("started_at")
    return activity(hanako.user.pk, session.pk)


def test_failed_sign_ins_are_told_by_where_they_came_from(hanako: Actor) -> None:
    for _try in range(3):
        Visitor(place=people.ABROAD).gives_password(hanako, "wrong")
    hers = Visitor().signs_in(hanako)
    (failed,) = seen(hers).failed
    assert (failed.country, failed.count) == ("NL", 3)
    assert "3 times" in hers.get(PAGE).content.decode()


def test_a_session_is_ended_here_and_the_page_comes_back(hanako: Actor) -> None:
    other = Visitor(place=people.OSAKA).signs_in(hanako)
    hers = Visitor(at=other.at).signs_in(hanako)
    answer = hers.post("accounts:end_session", other.row.pk, next=reverse(PAGE))
    assert answer.url == reverse(PAGE)
    assert not other.is_in()


def test_what_was_changed_leads_to_this_was_not_me(hanako: Actor) -> None:
    hers = Visitor().signs_in(hanako)
    hers.post("accounts:recovery_codes")
    change = CredentialChange.objects.latest("pk")
    assert reverse("accounts:object", args=[change.pk]) in hers.get(PAGE).content.decode()
    assert hers.post("accounts:object", change.pk).url.startswith(reverse("not_me"))


def test_a_new_account_has_an_empty_page_that_says_so(hanako: Actor) -> None:
    hers = Visitor().signs_in(hanako)
    assert "Nothing was changed in the last 30 days." in hers.get(PAGE).content.decode()


def test_a_long_life_takes_no_more_than_twelve_statements(hanako: Actor) -> None:
    for days in range(1, 25):
        people.come_in(hanako.user, people.HOME, clock.now() - timedelta(days=days))
    hers = Visitor().signs_in(hanako)
    hers.get(PAGE)
    with CaptureQueriesContext(connection) as asked:
        assert hers.get(PAGE).status_code == 200
    assert len(asked) <= 12, [re.findall(r"FROM \S+", one["sql"]) for one in asked.captured_queries]
