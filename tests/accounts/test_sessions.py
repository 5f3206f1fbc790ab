"""Sessions: how long they last, what their tables give away, and who ends them."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session as Stored
from django.db import connection

from accounts.limits import session_limits
from accounts.models import KnownBrowser, Session
from accounts.retention import services as retention
from accounts.sessions import services as sessions
from accounts.sessions.store import row_key
from audit.models import Event
from common import clock
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def sato(db: None) -> Actor:
    return people.join(
        email="sato@orikaeshi.example",
        name="Sato",
        place=people.DESK,
        at=clock.now() - timedelta(weeks=9),
        role="agent",
        languages=("ja",),
    )


def cookie(visitor: Visitor) -> str:
    return str(visitor.client.cookies[settings.SESSION_COOKIE_NAME].value)


def with_cookie(key: str, at: Any) -> Visitor:
    visitor = Visitor(people.ABROAD, at=at)
    visitor.client.cookies[settings.SESSION_COOKIE_NAME] = key
    return visitor


# What tables hold.


def test_no_table_holds_what_a_cookie_holds(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    key = cookie(visitor)
    assert visitor.is_in()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS one WHERE one::text LIKE %s', [f"%{key}%"])
            assert cursor.fetchone() == (0,), table


def test_whoever_reads_the_tables_takes_no_session_over(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    for stolen in (str(visitor.row.key), *Stored.objects.values_list("session_key", flat=True)):
        assert not with_cookie(stolen, visitor.at).is_in()
    assert with_cookie(cookie(visitor), visitor.at).is_in()


def test_the_trail_names_sessions_by_our_own_id(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    key = cookie(visitor)
    written = str(list(Event.objects.values_list("details", "session", "browser")))
    assert key not in written
    assert row_key(key) not in written
    assert str(visitor.row.pk) in written


@pytest.mark.parametrize("odd", ["", "x", "\x00\x00", "é" * 50, "a" * 5000, "\udcff" * 32])
def test_a_cookie_may_hold_anything(db: None, odd: str) -> None:
    visitor = Visitor()
    visitor.client.cookies[settings.SESSION_COOKIE_NAME] = odd.encode("utf-8", "replace").decode()
    assert visitor.get("accounts:sign_in").status_code == 200
    assert len(row_key(odd)) == 40


# How long they last.


def test_the_limits_are_one_table_for_people_and_staff() -> None:
    people_, staff = session_limits(staff=False), session_limits(staff=True)
    assert (people_.idle, people_.whole) == (timedelta(hours=1), timedelta(hours=24))
    assert (staff.idle, staff.whole) == (timedelta(minutes=30), timedelta(hours=8))


def test_staff_are_out_after_eight_hours_and_the_sweep_agrees(sato: Actor) -> None:
    visitor = Visitor(people.DESK).signs_in(sato)
    for _ in range(23):
        assert visitor.wait(minutes=20).is_in()
    row = visitor.row
    visitor.wait(minutes=19)
    with clock.pretend(visitor.at):
        retention.expire_sessions()
    row.refresh_from_db()
    assert row.ended_at is None
    visitor.wait(minutes=1)
    with clock.pretend(visitor.at):
        retention.expire_sessions()
    row.refresh_from_db()
    assert row.end_reason == "too_long"
    assert not visitor.is_in()


def test_without_the_sweep_the_request_itself_ends_it(sato: Actor) -> None:
    visitor = Visitor(people.DESK).signs_in(sato)
    for _ in range(23):
        visitor.wait(minutes=20).is_in()
    assert not visitor.wait(minutes=20).is_in()
    assert Session.objects.get(user=sato.user, end_reason="too_long")


@pytest.mark.parametrize("swept", [False, True])
def test_showing_a_factor_again_begins_both_limits_anew(sato: Actor, swept: bool) -> None:
    visitor = Visitor(people.DESK).signs_in(sato)
    for _ in range(23):
        assert visitor.wait(minutes=20).is_in()
    visitor.steps_up(sato)
    row = visitor.row
    for _ in range(23):
        visitor.wait(minutes=20)
        if swept:
            with clock.pretend(visitor.at):
                retention.expire_sessions()
        assert visitor.is_in()
    assert not visitor.wait(minutes=20).is_in()
    row.refresh_from_db()
    assert row.end_reason == "too_long"


def test_a_step_up_wakes_the_idle_limit_even_within_the_minute(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.wait(seconds=59).steps_up(hanako)
    assert visitor.wait(minutes=59).is_in()


def test_a_wrong_code_begins_nothing_anew(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    for _ in range(47):
        assert visitor.wait(minutes=30).is_in()
    assert visitor.post("accounts:verify", code="000000").status_code == 422
    assert not visitor.wait(minutes=40).is_in()


def test_the_key_changes_at_a_step_up_and_the_old_one_is_dead(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    before = cookie(visitor)
    visitor.steps_up(hanako)
    assert cookie(visitor) != before
    assert not with_cookie(before, visitor.at).is_in()
    assert visitor.is_in()


# Who ends them.


def test_a_restored_or_frozen_account_is_out_at_its_next_request(hanako: Actor) -> None:
    thief = Visitor(people.ABROAD, at=clock.now() - timedelta(minutes=14)).signs_in(hanako)
    assert thief.is_in()
    sessions.end_others(user_id=hanako.user.pk, keep=None, reason="restored")
    assert not thief.is_in()
    assert DjangosStore(session_key=row_key(cookie(thief))).load() == {}


def test_the_cookie_of_a_known_browser_proves_nothing(hanako: Actor) -> None:
    at_home = Visitor().signs_in(hanako)
    known = at_home.client.cookies["browser"].value
    assert KnownBrowser.objects.filter(user=hanako.user).exists()
    thief = Visitor(people.ABROAD, at=at_home.at)
    thief.client.cookies["browser"] = known
    assert thief.get("accounts:check_up").url.startswith("/account/sign-in/")
    assert thief.gives_password(hanako, "not-her-password-1").status_code == 422
    assert thief.gives_password(hanako).status_code == 302
    assert not thief.is_in()
    assert thief.post("accounts:verify", code="000000").status_code == 422
    assert not thief.is_in()


def test_after_a_change_of_factor_she_is_asked_about_her_other_sessions(hanako: Actor) -> None:
    elsewhere = Visitor(people.OSAKA, at=clock.now() - timedelta(minutes=5)).signs_in(hanako)
    visitor = Visitor(at=clock.now()).signs_in(hanako)
    assert "End my other sessions" not in visitor.get("accounts:methods").content.decode()
    visitor.steps_up(hanako)
    page, key = visitor.opens_enrolling("accounts:totp_add")
    answer = visitor.post(page, code=people.code_of(key, visitor.at), name="Tablet")
    assert answer.status_code == 302
    shown = visitor.fetch(answer.url).content.decode()
    assert "End my other sessions" in shown
    assert "End my other sessions" not in elsewhere.get("accounts:methods").content.decode()
    visitor.post("accounts:end_other_sessions")
    elsewhere.at = visitor.at
    assert not elsewhere.is_in()
    assert visitor.is_in()
    assert "End my other sessions" not in visitor.get("accounts:methods").content.decode()


def test_she_may_leave_them_and_is_not_asked_for_ever(hanako: Actor) -> None:
    people.come_in(hanako.user, people.OSAKA, clock.now() - timedelta(minutes=5))
    visitor = Visitor(at=clock.now()).signs_in(hanako)
    visitor.steps_up(hanako)
    page, key = visitor.opens_enrolling("accounts:totp_add")
    visitor.post(page, code=people.code_of(key, visitor.at), name="Tablet")
    visitor.wait(minutes=11)
    assert "End my other sessions" not in visitor.get("accounts:methods").content.decode()
