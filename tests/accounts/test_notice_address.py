"""A second address hears of everything, never signs in, and is doubted and undone like all else."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import selectors
from accounts.doubt.selectors import address_key, doubt_about
from accounts.due_changes import services as due_changes
from accounts.models import CredentialChange, Identifier, PendingEmail
from accounts.rollback import services as rollback
from common import clock
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

FAMILY = "taro.mori@example.net"


def adds(visitor: Visitor, address: str = FAMILY) -> None:
    answer = posts(visitor, "accounts:notice_address", email=address)
    assert answer.status_code == 302, answer.content.decode()


def posts(visitor: Visitor, name: str, **data: str):
    """With a code of the app for each change."""
    answer = visitor.post(name, **data)
    if answer.status_code == 302 and "/sign-in/" in answer.url:
        assert visitor.actor is not None
        visitor.steps_up(visitor.actor)
        answer = visitor.post(name, **data)
    return answer


def confirms(at, place=people.OSAKA) -> Visitor:
    taro = Visitor(place=place, at=at)
    page = taro.opens_link("accounts:notice_link", people.token_of("notice_address_confirm"))
    assert taro.get(page).status_code == 200
    answer = taro.post(page)
    assert answer.status_code == 200, answer.content.decode()
    return taro


def present(actor: Actor) -> list[str]:
    rows = Identifier.objects.filter(user=actor.user, kind="notice", removed_at=None)
    return list(rows.values_list("value", flat=True))


@pytest.fixture
def at_home(hanako: Actor) -> Visitor:
    return Visitor().signs_in(hanako)


def test_once_confirmed_it_hears_of_every_change(hanako: Actor, at_home: Visitor, told) -> None:
    adds(at_home)
    assert present(hanako) == []
    confirms(at_home.at)
    assert present(hanako) == [FAMILY]
    assert told("credential.notice_address") == [
        "credential.notice_address.requested",
        "credential.notice_address.confirmed",
        "credential.notice_address.added",
    ]
    assert mails(hanako.email)[-1] == "credential_changed"
    before = len(mails(FAMILY))
    posts(at_home, "accounts:recovery_codes")
    assert mails(FAMILY)[before:] == ["credential_changed"]


def test_opening_the_link_alone_changes_nothing(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    scanner = Visitor(place=people.OSAKA, at=at_home.at)
    scanner.get(scanner.opens_link("accounts:notice_link", people.token_of("notice_address_confirm")))
    assert present(hanako) == []


def test_a_link_counts_once_and_a_cancelled_one_never(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    token = people.token_of("notice_address_confirm")
    confirms(at_home.at)
    assert Visitor().get("accounts:notice_link", token).status_code == 422
    adds(at_home, "other@example.net")
    token = people.token_of("notice_address_confirm")
    at_home.post("accounts:cancel_notice")
    assert Visitor().get("accounts:notice_link", token).status_code == 422
    assert present(hanako) == [FAMILY]


def test_it_needs_a_fresh_second_factor(hanako: Actor, at_home: Visitor) -> None:
    at_home.wait(minutes=6)
    for page in ("accounts:notice_address", "accounts:remove_notice"):
        assert at_home.post(page, email=FAMILY).url.startswith(reverse("accounts:verify"))
    assert not PendingEmail.objects.exists()


def test_it_signs_nobody_in_and_names_no_account(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    confirms(at_home.at)
    visitor = Visitor(at=at_home.at)
    assert visitor.post("accounts:sign_in", email=FAMILY, password=hanako.password).status_code == 422
    assert selectors.find_account(FAMILY) is None
    visitor.post("accounts:forgot", email=FAMILY)
    assert "password_link" not in mails(FAMILY)


def test_one_mailbox_may_hear_for_a_family(hanako: Actor, kenji: Actor, at_home: Visitor) -> None:
    adds(at_home)
    confirms(at_home.at)
    his = Visitor(place=people.OSAKA, at=at_home.at).signs_in(kenji)
    adds(his)
    confirms(his.at)
    assert present(hanako) == present(kenji) == [FAMILY]


def test_the_page_says_the_same_of_an_address_that_has_an_account(
    hanako: Actor, kenji: Actor, at_home: Visitor
) -> None:
    known = posts(at_home, "accounts:notice_address", email=kenji.email)
    unknown = posts(at_home, "accounts:notice_address", email="nobody@example.net")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert mails(kenji.email).count("notice_address_confirm") == 1
    assert mails("nobody@example.net") == ["notice_address_confirm"]


def test_her_own_sign_in_address_is_refused_in_any_spelling(hanako: Actor, at_home: Visitor) -> None:
    assert posts(at_home, "accounts:notice_address", email=" Hanako@EXAMPLE.jp ").status_code == 422


def test_somebody_elses_mailbox_is_not_flooded(hanako: Actor, kenji: Actor, at_home: Visitor) -> None:
    his = Visitor(place=people.OSAKA, at=at_home.at).signs_in(kenji)
    for visitor in (at_home, his):
        for _ in range(5):
            posts(visitor, "accounts:notice_address", email="victim@example.net")
    assert len(mails("victim@example.net")) <= 5


def test_a_confirmation_in_the_familys_browser_does_not_make_it_suspicious(
    hanako: Actor, at_home: Visitor
) -> None:
    adds(at_home)
    confirms(at_home.at, place=people.ABROAD)
    change = CredentialChange.objects.get(kind="notice_added")
    assert (change.country, change.session) == (at_home.row.country, at_home.row.pk)
    assert change.pk not in doubt_about(hanako.user.pk).change_ids


def test_a_change_of_the_sign_in_address_waits_on_its_own(hanako: Actor, at_home: Visitor) -> None:
    posts(at_home, "accounts:change_email", email="new@example.net")
    adds(at_home)
    assert PendingEmail.objects.filter(state="pending").count() == 2
    at_home.post("accounts:cancel_notice")
    assert PendingEmail.objects.get(state="pending").address == "new@example.net"


def test_a_removed_one_is_told_for_thirty_days(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    confirms(at_home.at)
    at_home.wait(seconds=10)
    assert posts(at_home, "accounts:remove_notice").status_code == 302
    assert present(hanako) == []
    assert FAMILY in [one.value for one in selectors.addresses_of_last_days(hanako.user.pk)]
    assert mails(FAMILY)[-1] == "credential_changed"
    # A second click finds nothing more to remove.
    assert posts(at_home, "accounts:remove_notice").status_code == 422


def thief(hanako: Actor) -> Visitor:
    return Visitor(place=people.ABROAD).signs_in(hanako)


def test_what_a_thief_adds_counts_for_nothing_and_a_restore_removes_it(hanako: Actor) -> None:
    adds(thief(hanako), "thief@example.net")
    confirms(clock.now() + timedelta(minutes=2), place=people.ABROAD)
    row = Identifier.objects.get(value="thief@example.net")
    with clock.pretend(clock.now() + timedelta(days=5)):
        doubt = doubt_about(hanako.user.pk)
        assert doubt.is_doubtful(address_key(row.pk))
        assert not doubt.counts(address_key(row.pk))
        restored = rollback.restore(user_id=hanako.user.pk)
    assert "notice_address_out" in [step.kind for step in restored.steps]
    row.refresh_from_db()
    assert row.rejected
    assert "thief@example.net" not in [
        one.value for one in selectors.addresses_of_last_days(hanako.user.pk, days=60)
    ]
    assert mails("thief@example.net")[-1] == "address_removed"
    assert "password_link" not in mails("thief@example.net")


def test_what_a_thief_removes_comes_back(hanako: Actor) -> None:
    long_ago = clock.now() - timedelta(days=30)
    at_home = Visitor(at=long_ago).signs_in(hanako)
    adds(at_home)
    confirms(at_home.at)
    now = thief(hanako)
    assert posts(now, "accounts:remove_notice").status_code == 302
    with clock.pretend(now.at + timedelta(minutes=5)):
        restored = rollback.restore(user_id=hanako.user.pk)
    assert "notice_address_back" in [step.kind for step in restored.steps]
    assert present(hanako) == [FAMILY]


def test_a_restores_link_goes_to_the_address_that_signs_in_and_not_to_the_family(hanako: Actor) -> None:
    at_home = Visitor(at=clock.now() - timedelta(days=30)).signs_in(hanako)
    adds(at_home)
    confirms(at_home.at)
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    rollback.restore(user_id=hanako.user.pk)
    assert "password_link" in mails(hanako.email)
    assert "password_link" not in mails(FAMILY)
    told = Delivery.objects.filter(address=FAMILY, message="credential_changed")
    assert told.count() >= 4


def test_while_frozen_nothing_is_added(hanako: Actor, at_home: Visitor) -> None:
    adds(at_home)
    rollback.restore(user_id=hanako.user.pk)
    assert Visitor().get("accounts:notice_link", people.token_of("notice_address_confirm")).status_code == 422
    assert present(hanako) == []


def test_the_methods_page_and_the_check_up_say_how_it_is(hanako: Actor, at_home: Visitor) -> None:
    links = [one.link for one in at_home.get("accounts:check_up").context["todo"]]
    assert reverse("accounts:notice_address") in links
    adds(at_home)
    confirms(at_home.at)
    assert FAMILY in at_home.get("accounts:methods").content.decode()
    links = [one.link for one in at_home.get("accounts:check_up").context["todo"]]
    assert reverse("accounts:notice_address") not in links
    assert "too" in at_home.get("accounts:history").content.decode()


def test_naming_somebodys_address_does_not_keep_them_from_getting_it_back(
    hanako: Actor, kenji: Actor
) -> None:
    """A stranger lets notices go to the address that a thief has taken from her account."""
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    his = Visitor(place=people.OSAKA).signs_in(kenji)
    adds(his, hanako.email)
    confirms(his.at, place=people.HOME)
    rollback.restore(user_id=hanako.user.pk)
    hanako.user.refresh_from_db()
    assert hanako.user.email == "hanako@example.jp"


def test_what_a_risky_session_asks_for_waits_a_day(hanako: Actor, settings) -> None:
    settings.GUARD_RISKY_SESSIONS = True
    visitor = thief(hanako)
    adds(visitor, "thief@example.net")
    confirms(visitor.at, place=people.ABROAD)
    assert present(hanako) == []
    change = CredentialChange.objects.get(kind="notice_added")
    assert change.state == "pending"
    with clock.pretend(visitor.at + timedelta(hours=25)):
        due_changes.apply_due()
    assert present(hanako) == ["thief@example.net"]
