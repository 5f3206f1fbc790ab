"""A stranger's session is told from the owner's by where it comes from, and what it asks for waits.

The stranger has the password and codes of the app, phished one by one. Nobody acts as Hanako but her.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import links
from accounts.due_changes import services as due_changes
from accounts.freezes import services as freezes
from accounts.models import Authenticator, CredentialChange, Freeze, Identifier, PendingEmail, Session, User
from accounts.states import ChangeState
from common import clock
from devtools.personas import MAC, WINDOWS, Browser
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

NEIGHBOUR = Browser(MAC, "126.72.14.77")
"""In Hanako's own network, by another kind of browser: all of it can be had for money."""

SAME_COUNTRY = Browser(WINDOWS, "203.181.9.4")


@pytest.fixture(autouse=True)
def guarded(settings) -> None:
    settings.GUARD_RISKY_SESSIONS = True


def thief(hanako: Actor, place: Browser = people.ABROAD) -> Visitor:
    return Visitor(place=place).signs_in(hanako)


def state_of(kind: str) -> str:
    return CredentialChange.objects.filter(kind=kind).latest("pk").state


def a_day_later(hours: float = 24.1) -> int:
    with clock.pretend(clock.now() + timedelta(hours=hours)):
        return due_changes.apply_due()


def wants_password(visitor: Visitor, hanako: Actor) -> None:
    answer = visitor.post(
        "accounts:change_password", current_password=hanako.password, new_password=people.THIEF_PASSWORD
    )
    assert answer.url == reverse("accounts:methods")


def wants_address(visitor: Visitor) -> None:
    assert visitor.post("accounts:change_email", email=people.THIEF_EMAIL).status_code == 302
    # Confirmed in a browser of its own, where nobody is signed in.
    link = people.token_mailed_to(people.THIEF_EMAIL)
    elsewhere = Visitor(place=people.ABROAD, at=visitor.at)
    page = elsewhere.opens_link("accounts:email_link", link)
    assert "is confirmed" in elsewhere.post(page).content.decode()


def wants_own_app(visitor: Visitor) -> None:
    address, key = visitor.opens_enrolling("accounts:totp_add")
    answer = visitor.post(address, code=people.code_of(key, visitor.at), name="His")
    assert answer.url == reverse("accounts:methods")


# What is risky


def test_abroad_in_another_browser_is_risky_and_says_why(hanako: Actor) -> None:
    row = thief(hanako).row
    assert row.is_risky
    assert row.risk_reasons == ["country", "browser"]


def test_at_home_in_her_own_browser_is_not(hanako: Actor) -> None:
    assert not Visitor().signs_in(hanako).row.is_risky


def test_a_familiar_network_takes_nothing_off(hanako: Actor) -> None:
    row = thief(hanako, NEIGHBOUR).row
    assert row.is_risky
    assert row.risk_reasons == ["browser"]


def test_another_network_of_her_country_with_her_kind_of_browser_is_risky(hanako: Actor) -> None:
    """Once her own browser has a cookie, a stranger's has none that counts."""
    hers = Visitor(at=clock.now() - timedelta(days=10)).signs_in(hanako)
    assert not hers.row.is_risky
    assert thief(hanako, SAME_COUNTRY).row.is_risky


def test_her_own_browser_abroad_is_not(hanako: Actor) -> None:
    """She travels with her laptop, known by its cookie."""
    laptop = Visitor(at=clock.now() - timedelta(days=40)).signs_in(hanako)
    laptop.at = clock.now()
    laptop.meta.update(Browser(WINDOWS, people.ABROAD.meta["REMOTE_ADDR"]).meta)
    laptop.client.session.flush()
    laptop.client.cookies.pop("session", None)
    assert not laptop.signs_in(hanako).row.is_risky


def test_a_stolen_session_is_risky_once_it_comes_from_abroad(hanako: Actor) -> None:
    hers = Visitor().signs_in(hanako)
    stolen = Visitor(place=people.ABROAD, at=hers.at)
    stolen.client.cookies["session"] = hers.client.cookies["session"].value
    stolen.gives_code(hanako)
    stolen.wait(minutes=1)
    wants_password(stolen, hanako)
    assert state_of("password") == ChangeState.PENDING


# What it asks for waits


def test_the_thiefs_changes_never_come_into_force(hanako: Actor) -> None:
    """Address, password and app within minutes from abroad; she presses one button, and gives one code."""
    his = thief(hanako)
    wants_address(his)
    wants_password(his.steps_up(hanako), hanako)
    wants_own_app(his.steps_up(hanako))
    assert User.objects.get(pk=hanako.user.pk).email == hanako.email
    assert User.objects.get(pk=hanako.user.pk).check_password(hanako.password)
    assert Authenticator.objects.filter(user=hanako.user, kind="totp").count() == 1
    assert mails(hanako.email).count("change_waiting") == 3
    assert "change_waiting" not in mails(people.THIEF_EMAIL)

    change = CredentialChange.objects.get(kind="email")
    hers = Visitor(at=his.wait(minutes=3).at)
    page = hers.opens_link("not_me_link", links.not_me_token(change.pk))
    shown = hers.get(page).content.decode()
    assert "Takes effect" in shown
    hers.post(page, act="object")
    assert not his.is_in()
    states = dict(
        CredentialChange.objects.exclude(payload=None, waits_until=None).values_list("kind", "state")
    )
    assert states == {"email": "objected", "password": "stopped", "totp_added": "stopped"}

    answer = hers.post(page, act="undo", factor="totp", code=hanako.code(hers.wait(minutes=2).at))
    assert answer.url.startswith(reverse("accounts:choose_password"))
    assert set(
        CredentialChange.objects.filter(waits_until__isnull=False).values_list("state", flat=True)
    ) == {"undone"}
    assert a_day_later(48) == 0
    assert User.objects.get(pk=hanako.user.pk).email == hanako.email
    assert not Identifier.objects.filter(value=people.THIEF_EMAIL).exists()


def test_nothing_is_kept_of_what_was_stopped(hanako: Actor) -> None:
    his = thief(hanako)
    wants_own_app(his)
    change = CredentialChange.objects.get(kind="totp_added", shown="His")
    assert change.payload is not None
    hers = Visitor(at=his.at)
    page = hers.opens_link("not_me_link", links.not_me_token(change.pk))
    hers.post(page, act="object")
    change.refresh_from_db()
    assert change.payload is None


def test_an_unanswered_change_takes_effect_after_a_day_and_is_told_again(hanako: Actor) -> None:
    """She has a new phone on a journey, and nobody minds."""
    hers = thief(hanako)
    wants_own_app(hers)
    assert a_day_later(23.9) == 0
    assert a_day_later() == 1
    change = CredentialChange.objects.get(kind="totp_added", shown="His")
    assert change.state == ChangeState.APPLIED
    assert change.authenticator_in is not None
    assert change.authenticator_in.name == "His"
    assert change.country == "NL"
    assert mails(hanako.email)[-1] == "credential_changed"
    assert opened(Delivery.objects.filter(address=hanako.email).latest("pk"))["link"]


def test_three_changes_of_one_session_all_take_effect(hanako: Actor) -> None:
    hers = thief(hanako)
    wants_password(hers, hanako)
    wants_address(hers.steps_up(hanako))
    wants_own_app(hers.steps_up(hanako))
    made = a_day_later(25)
    assert made == 3
    user = User.objects.get(pk=hanako.user.pk)
    assert user.email == people.THIEF_EMAIL
    assert user.check_password(people.THIEF_PASSWORD)
    assert not Session.objects.filter(user=user, ended_at=None).exists()


def test_moving_to_her_network_shortens_nothing(hanako: Actor) -> None:
    his = thief(hanako)
    his.meta.update(people.HOME.meta)
    his.steps_up(hanako)
    wants_password(his, hanako)
    assert state_of("password") == ChangeState.PENDING


def test_signing_out_does_not_hurry_it_and_she_can_still_cancel(hanako: Actor) -> None:
    his = thief(hanako)
    wants_password(his, hanako)
    his.post("accounts:sign_out")
    hers = Visitor(at=his.wait(minutes=5).at).signs_in(hanako)
    assert "Waiting: Change the password" in hers.get("accounts:check_up").content.decode()
    change = CredentialChange.objects.get(kind="password")
    hers.post("accounts:cancel_change", change.pk)
    assert state_of("password") == ChangeState.CANCELLED
    assert mails(hanako.email)[-1] == "change_cancelled"
    assert a_day_later() == 0


def test_nobody_cancels_the_change_of_somebody_else(hanako: Actor, kenji: Actor) -> None:
    wants_password(thief(hanako), hanako)
    change = CredentialChange.objects.get(kind="password")
    Visitor(place=people.OSAKA).signs_in(kenji).post("accounts:cancel_change", change.pk)
    assert state_of("password") == ChangeState.PENDING


@pytest.mark.parametrize("act", ["password", "end_others", "code_app"])
def test_whatever_she_does_about_her_account_cancels_it(hanako: Actor, act: str) -> None:
    his = thief(hanako)
    wants_own_app(his)
    hers = Visitor(at=his.wait(minutes=5).at).signs_in(hanako)
    if act == "password":
        hers.post(
            "accounts:change_password", current_password=hanako.password, new_password="quiet-harbour-lamp-81"
        )
    elif act == "end_others":
        hers.post("accounts:end_other_sessions")
    else:
        address, key = hers.opens_enrolling("accounts:totp_add")
        hers.post(address, code=people.code_of(key, hers.at), name="Hers")
    assert CredentialChange.objects.get(kind="totp_added", shown="His").state == ChangeState.CANCELLED
    assert a_day_later() == 0


def test_asking_for_a_call_stops_it(hanako: Actor) -> None:
    """A claimant who names the account: what waits is strongly doubted, and frozen for the case."""
    his = thief(hanako)
    wants_password(his, hanako)
    freezes.protect(user_id=hanako.user.pk, case=1)
    assert state_of("password") == ChangeState.STOPPED
    assert not his.is_in()
    assert Freeze.objects.active().filter(user=hanako.user).exists()


def test_a_freeze_that_came_in_between_keeps_it_from_taking_effect(hanako: Actor) -> None:
    his = thief(hanako)
    wants_password(his, hanako)
    now = clock.now()
    Freeze.objects.create(user=hanako.user, reason="call", until=now + timedelta(days=8), placed_at=now)
    assert a_day_later() == 0
    assert state_of("password") == ChangeState.STOPPED


def test_an_address_that_was_taken_meanwhile_is_not_taken_twice(hanako: Actor, kenji: Actor) -> None:
    wants_address(thief(hanako))
    Identifier.objects.filter(user=kenji.user).update(value=people.THIEF_EMAIL)
    assert a_day_later() == 0
    assert state_of("email") == ChangeState.CANCELLED
    assert mails(hanako.email)[-1] == "change_cancelled"


def test_one_that_no_key_opens_any_more_is_cancelled_and_holds_nobody_up(hanako: Actor, kenji: Actor) -> None:
    wants_password(thief(hanako), hanako)
    CredentialChange.objects.filter(kind="password", user=hanako.user).update(payload=b"of another key")
    wants_own_app(thief(kenji))
    assert a_day_later() == 1
    assert state_of("password") == ChangeState.CANCELLED
    assert CredentialChange.objects.get(kind="totp_added", shown="His").state == ChangeState.APPLIED


def test_a_stranger_buries_no_notice_under_hundreds(hanako: Actor) -> None:
    his = thief(hanako)
    for _round in range(7):
        address, key = his.steps_up(hanako).opens_enrolling("accounts:totp_add")
        answer = his.post(address, code=people.code_of(key, his.at), name="His")
    assert answer.status_code == 422
    assert "already waiting" in answer.content.decode()
    assert mails(hanako.email).count("change_waiting") == 5


def test_new_codes_are_shown_and_work_a_day_later(hanako: Actor) -> None:
    hers = thief(hanako)
    answer = hers.post("accounts:recovery_codes")
    made = answer.context["codes"]
    assert "work from" in answer.content.decode()
    with clock.pretend(clock.now() + timedelta(hours=1)):
        visitor = Visitor(at=clock.now())
        visitor.gives_password(hanako)
        assert visitor.post("accounts:verify_recovery_code", code=made[0]).status_code == 422
        assert visitor.post("accounts:verify_recovery_code", code=hanako.recovery_codes[0]).status_code == 302
    assert a_day_later() == 1
    visitor = Visitor(at=clock.now() + timedelta(hours=26))
    visitor.gives_password(hanako)
    assert visitor.post("accounts:verify_recovery_code", code=made[0]).status_code == 302


# What allows it


def test_what_was_set_up_yesterday_allows_nothing_in_a_risky_session(hanako: Actor) -> None:
    """An app planted from a browser that looked like hers is of no use from abroad the day after."""
    planted = Visitor(at=clock.now() - timedelta(hours=30)).signs_in(hanako)
    address, key = planted.opens_enrolling("accounts:totp_add")
    planted.post(address, code=people.code_of(key, planted.at), name="His")
    his = Visitor(place=people.ABROAD)
    his.gives_password(hanako)
    his.post("accounts:verify", code=people.code_of(key, his.at))
    his.wait(minutes=1)
    assert his.get("accounts:change_password").url.startswith(reverse("accounts:verify"))
    answer = his.post("accounts:verify", code=people.code_of(key, his.at))
    assert answer.status_code == 422
    assert "more than 72 hours ago" in answer.content.decode()
    assert his.get("accounts:change_password").url.startswith(reverse("accounts:verify"))


def test_one_code_pays_for_one_change(hanako: Actor) -> None:
    hers = Visitor().signs_in(hanako)
    assert hers.post("accounts:change_email", email="hanako@new.example").status_code == 302
    assert hers.get("accounts:change_password").url.startswith(reverse("accounts:verify"))
    assert PendingEmail.objects.filter(state="pending").count() == 1


def test_a_slip_of_the_finger_costs_no_code(hanako: Actor) -> None:
    hers = Visitor().signs_in(hanako)
    assert hers.post("accounts:change_email", email="not an address").status_code == 422
    assert hers.post("accounts:change_email", email="hanako@new.example").status_code == 302


def test_sessions_say_why_they_look_unusual(hanako: Actor) -> None:
    his = thief(hanako)
    shown = Visitor(at=his.at).signs_in(hanako).get("accounts:sessions").content.decode()
    assert "This sign-in looked unusual" in shown
    assert "From a country where this account has never been used" in shown


def test_without_the_guard_changes_are_made_at_once(hanako: Actor, settings) -> None:
    settings.GUARD_RISKY_SESSIONS = False
    his = thief(hanako)
    wants_password(his, hanako)
    assert state_of("password") == ChangeState.APPLIED
