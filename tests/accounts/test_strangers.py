"""Whatever strangers do at the sign-in and with forgotten passwords, the owner gets in at home."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from zxcvbn_rs_py import zxcvbn

from accounts.authenticators import throttling
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.throttling import DESK
from accounts.authenticators.totp import services as totp
from accounts.credentials import password_links, password_validation
from accounts.models import (
    Authenticator,
    AuthenticatorFailures,
    KnownBrowser,
    PasswordLink,
    PasswordLinkRequest,
    Session,
    User,
)
from accounts.retention import services as retention
from accounts.tasks import sweep
from audit.models import Event
from common import clock
from devtools.personas import LINUX, Browser
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

NEIGHBOUR = Browser(LINUX, "126.72.14.200")
"""In the same /24 as Hanako’s home."""


def stranger(number: int) -> Visitor:
    """A browser in a network of its own."""
    return Visitor(place=Browser(LINUX, f"145.{100 + number // 250}.{number % 250}.7"))


@pytest.fixture
def at_home(hanako: Actor) -> Visitor:
    """Her own browser, in which she has signed in before; she is signed out now."""
    visitor = Visitor(place=people.HOME).signs_in(hanako)
    visitor.post("accounts:sign_out")
    return visitor


def neighbours_guess_her_password(hanako: Actor) -> None:
    for _ in range(30):
        Visitor(place=NEIGHBOUR).gives_password(hanako, "wrong")


def strangers_guess_from_many_networks(hanako: Actor) -> None:
    for number in range(25):
        for _ in range(4):
            stranger(number).gives_password(hanako, "wrong")


def her_whole_network_is_used_up(hanako: Actor) -> None:
    for number in range(160):
        Visitor(place=Browser(LINUX, f"126.72.14.{number}")).post(
            "accounts:sign_in", email=f"somebody{number}@example.com", password="wrong"
        )


def strangers_know_the_password_and_guess_codes(hanako: Actor) -> None:
    """More than the hundred wrong codes that all of them have together."""
    for number in range(21):
        visitor = stranger(number)
        visitor.gives_password(hanako)
        for _ in range(5):
            visitor.post("accounts:verify", code="000000")
            visitor.post("accounts:verify_recovery_code", code="0000000000000000")


def strangers_say_that_she_forgot_her_password(hanako: Actor) -> None:
    for number in range(60):
        stranger(number).post("accounts:forgot", email=hanako.email)
    password_links.answer_waiting()


ATTACKS: list[Callable[[Actor], None]] = [
    neighbours_guess_her_password,
    strangers_guess_from_many_networks,
    her_whole_network_is_used_up,
    strangers_know_the_password_and_guess_codes,
    strangers_say_that_she_forgot_her_password,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_strangers_have_done_she_gets_in_at_home_and_her_evidence_counts(
    attack: Callable[[Actor], None], hanako: Actor, at_home: Visitor
) -> None:
    attack(hanako)
    at_home.wait(seconds=30).signs_in(hanako)
    assert at_home.is_in()
    at_home.post("accounts:sign_out")

    at_home.gives_password(hanako)
    assert at_home.post("accounts:verify_recovery_code", code=hanako.recovery_codes[0]).status_code == 302
    at_home.post("accounts:sign_out")

    app = Authenticator.objects.get(user=hanako.user, kind="totp")
    codes = Authenticator.objects.get(user=hanako.user, kind="recovery_codes")
    with clock.pretend(at_home.wait(seconds=60).at):
        assert totp.among([app.pk], hanako.code(), DESK)
        assert recovery_codes.among([codes.pk], hanako.recovery_codes[1], DESK)

    at_home.post("accounts:forgot", email=hanako.email)
    password_links.answer_waiting()
    link = at_home.get("accounts:password_link", people.token_of("password_link"))
    assert at_home.post(link.url, new_password="harbour-quilt-lantern-9").status_code == 302
    assert User.objects.get(pk=hanako.user.pk).check_password("harbour-quilt-lantern-9")


# The browser that she used before


def test_a_browser_is_known_by_its_cookie_and_not_by_its_address(hanako: Actor, at_home: Visitor) -> None:
    neighbours_guess_her_password(hanako)
    at_home.meta["REMOTE_ADDR"] = NEIGHBOUR.address
    assert at_home.gives_password(hanako).status_code == 302
    assert Visitor(place=NEIGHBOUR).gives_password(hanako).status_code == 429


def test_her_slips_at_home_use_up_no_tries_of_anybody_else(hanako: Actor, at_home: Visitor) -> None:
    for _ in range(9):
        assert at_home.gives_password(hanako, "wrong").status_code == 422
    assert User.objects.get(pk=hanako.user.pk).failed_passwords == 0
    # One of the ten was her first sign-in, before the browser was known.
    tries = [Visitor(place=people.HOME).gives_password(hanako, "wrong").status_code for _ in range(9)]
    assert tries == [422] * 9


def test_also_in_a_known_browser_tries_are_bounded(hanako: Actor, at_home: Visitor) -> None:
    tries = [at_home.gives_password(hanako, "wrong").status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]


def test_a_browser_that_fails_a_hundred_times_in_a_row_is_known_no_longer(
    hanako: Actor, at_home: Visitor
) -> None:
    KnownBrowser.objects.update(failures=99)
    at_home.gives_password(hanako, "wrong")
    assert not KnownBrowser.objects.exists()


def test_a_browser_is_forgotten_when_its_cookie_has_run_out(hanako: Actor, at_home: Visitor) -> None:
    with clock.pretend(clock.now() + timedelta(days=399)):
        retention.shred()
        assert KnownBrowser.objects.exists()
    with clock.pretend(clock.now() + timedelta(days=401)):
        retention.shred()
        assert not KnownBrowser.objects.exists()


def test_the_cookie_of_one_person_is_worth_nothing_for_another(hanako: Actor, kenji: Actor) -> None:
    thief = Visitor(place=NEIGHBOUR).signs_in(kenji)
    neighbours_guess_her_password(hanako)
    thief.at = clock.now()  # in the same ten minutes as they
    assert thief.gives_password(hanako).status_code == 429


def test_an_invented_cookie_is_worth_nothing(hanako: Actor) -> None:
    neighbours_guess_her_password(hanako)
    thief = Visitor(place=NEIGHBOUR)
    for value in ("x", "A" * 43, "", "\x00"):
        thief.client.cookies["browser"] = value
        assert thief.gives_password(hanako).status_code == 429


def test_the_session_carries_the_fingerprint_of_the_cookie_that_came_with_it(hanako: Actor) -> None:
    Visitor(place=people.HOME).signs_in(hanako)
    assert Session.objects.latest("started_at").device == KnownBrowser.objects.get().digest


def test_a_session_that_was_ended_makes_no_browser_known(hanako: Actor) -> None:
    visitor = Visitor(place=people.HOME)
    visitor.gives_password(hanako)
    ended = Session.objects.filter(user=hanako.user, ended_at=None)
    ended.update(ended_at=visitor.at, end_reason="ended_by_owner", key=None)
    assert visitor.gives_code(hanako).status_code == 422
    assert not KnownBrowser.objects.exists()
    assert "browser" not in visitor.client.cookies


def test_scripts_cannot_read_the_cookie(hanako: Actor) -> None:
    cookie = Visitor(place=people.HOME).signs_in(hanako).client.cookies["browser"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_what_the_cookie_says_is_not_kept_in_clear(hanako: Actor, at_home: Visitor) -> None:
    known = KnownBrowser.objects.get()
    assert at_home.client.cookies["browser"].value not in (known.digest, str(known.pk))


def test_a_restore_forgets_the_browsers_of_whoever_came_in(hanako: Actor, at_home: Visitor) -> None:
    from accounts.rollback import services as rollback

    thief = Visitor(place=people.ABROAD, at=clock.now() + timedelta(days=5)).signs_in(hanako)
    with clock.pretend(thief.at + timedelta(minutes=10)):
        rollback.restore(user_id=hanako.user.pk)
    assert KnownBrowser.objects.filter(user=hanako.user).count() == 1


# Wrong codes


def test_who_knows_the_password_has_a_hundred_tries_in_all(hanako: Actor) -> None:
    app = Authenticator.objects.get(user=hanako.user, kind="totp")
    hanako.user.refresh_from_db()
    for number in range(100):
        source = throttling.source_of(hanako.user, None, f"145.{number}.1.7")
        totp.among([app.pk], "000000", source)
    thief = stranger(200)
    thief.gives_password(hanako)
    refused = thief.gives_code(hanako)
    assert refused.status_code == 429
    assert "choose a new password" in refused.content.decode()


def test_a_new_password_gives_her_a_new_count_also_on_a_new_phone(hanako: Actor) -> None:
    app = Authenticator.objects.get(user=hanako.user, kind="totp")
    AuthenticatorFailures.objects.create(
        authenticator=app, source="password 0", count=100, failed_at=clock.now()
    )
    phone = Visitor(place=people.ON_THE_WAY)
    phone.gives_password(hanako)
    assert phone.gives_code(hanako).status_code == 429
    people.forgets_password(hanako.email)
    link = phone.get("accounts:password_link", people.token_mailed_to(hanako.email))
    phone.post(link.url, new_password="harbour-quilt-lantern-9")
    phone.gives_password(hanako, "harbour-quilt-lantern-9")
    assert phone.wait(seconds=60).gives_code(hanako).status_code == 302


def test_a_right_code_at_home_gives_strangers_no_new_tries(hanako: Actor, at_home: Visitor) -> None:
    strangers_know_the_password_and_guess_codes(hanako)
    before = AuthenticatorFailures.objects.get(source="password 0", authenticator__kind="totp").count
    at_home.wait(seconds=1).signs_in(hanako)
    after = AuthenticatorFailures.objects.get(source="password 0", authenticator__kind="totp").count
    assert after == before > 0


# What a stranger can find out


def test_the_number_of_tries_says_nothing_about_who_else_has_tried(settings) -> None:
    """Where the limit of a window ends differs from window to window and from key to key."""
    from common.ratelimit import Bound

    limits = {
        Bound("sign_in_pair", f"somebody:{number}", 10, 600, shared=True).limit_at(hour * 600)
        for number in range(20)
        for hour in range(20)
    }
    assert limits == set(range(10, 16))


def test_a_forgotten_password_costs_the_same_for_an_address_with_an_account_and_without(
    hanako: Actor, sent_tasks
) -> None:
    def statements(email: str) -> list[str]:
        with CaptureQueriesContext(connection) as caught:
            assert Visitor().post("accounts:forgot", email=email).status_code == 302
        return [one["sql"] for one in caught.captured_queries if "SAVEPOINT" not in one["sql"]]

    known, unknown = statements(hanako.email), statements("nobody@example.jp")
    assert [sql.partition("(")[0] for sql in known] == [sql.partition("(")[0] for sql in unknown]
    assert len(known) == 1
    assert not any("accounts_user" in sql for sql in known), "nobody is looked up before the answer"


def test_strangers_who_ask_for_links_do_not_flood_her_mailbox_nor_void_her_link(hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    first = people.token_mailed_to(hanako.email)
    strangers_say_that_she_forgot_her_password(hanako)
    assert mails(hanako.email).count("password_link") == 5
    link = Visitor().get("accounts:password_link", first)
    assert Visitor().fetch(link.url).status_code in (200, 422)
    assert password_links.owner_of(first) == hanako.user


def test_a_request_whose_task_was_lost_is_answered_by_the_sweep(hanako: Actor, sent_tasks) -> None:
    Visitor().post("accounts:forgot", email=hanako.email)
    assert not PasswordLink.objects.exists()
    sweep()
    sweep()
    assert mails(hanako.email).count("password_link") == 1
    assert not PasswordLinkRequest.objects.exists()


def test_a_mailbox_gets_few_mails_from_those_who_sign_up_with_it(db: None) -> None:
    for number in range(12):
        assert stranger(number).post("accounts:sign_up", email="nobody@example.jp").status_code == 302
    assert mails("nobody@example.jp") == ["sign_up_link"] * 5


# What costs


def test_the_password_meter_is_bounded_and_the_form_goes_on_without_it(db: None) -> None:
    visitor = Visitor(place=NEIGHBOUR)
    answers = [visitor.post("accounts:password_strength", new_password="abc def") for _ in range(100)]
    assert [one.status_code for one in answers[:60]] == [200] * 60
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert Visitor(place=people.OSAKA).post("accounts:password_strength", new_password="a").status_code == 200


@pytest.mark.parametrize("sign", ["ab", "4@8({[<369!1|70$5+%2", "あ"])
def test_a_long_password_costs_no_more_than_a_short_one(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def measure(password: str, words: list[str]) -> Any:
        measured.append(len(password))
        return zxcvbn(password, words)

    monkeypatch.setattr(password_validation, "zxcvbn", measure)
    password_validation.score((sign * 200)[:512])
    assert max(measured) <= password_validation.MEASURED
    assert len(measured) <= 2


def test_refused_tries_write_one_event_and_not_hundreds(hanako: Actor) -> None:
    before = Event.objects.count()
    for _ in range(60):
        Visitor(place=NEIGHBOUR).gives_password(hanako, "wrong")
    assert Event.objects.count() - before <= 16
