"""Imported people set up two-step verification by a mailed link and their password: never by one of the two.

Thieves come over HTTP with what they have: one the leaked passwords, one the mailbox.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password

from accounts.authenticators.totp.services import STEP
from accounts.importing import services as importing
from accounts.importing.parsing import Entry
from accounts.limits import MAILS_AN_HOUR
from accounts.models import Authenticator, EnrolmentLink, User
from common import clock
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails

pytestmark = pytest.mark.django_db

EMAIL = "kei@example.jp"
PASSWORD = "kita-no-umi-2019"


@pytest.fixture
def kei(db: None) -> User:
    entry = Entry(2, EMAIL, EMAIL, make_password(PASSWORD), "Kei", "", "", "en", "Asia/Tokyo")
    list(importing.run([entry], importing.Counts()))
    return User.objects.get(email=EMAIL)


def gives_password(visitor: Visitor, password: str = PASSWORD) -> str:
    """Sign in with the address and the password; returns where that leads, the page in between passed."""
    answer = visitor.post("accounts:sign_in", email=EMAIL, password=password)
    assert answer.status_code == 302, answer.content.decode()
    return str(visitor.fetch(answer.url).url)


def sets_up(visitor: Visitor) -> bool:
    """Try to bind a code app with whatever session this is."""
    answer = visitor.get("accounts:enrol_totp")
    if answer.status_code != 302 or "key=" not in answer.url:
        return False
    address = str(answer.url)
    key = visitor.get(address).context["key"].replace(" ", "")
    visitor.post(address, code=people.code_of(key, visitor.at), name="Phone")
    return Authenticator.objects.filter(kind="totp", removed_at=None).exists()


def opens_mailed_link(visitor: Visitor) -> str:
    return visitor.opens_link("accounts:enrolment_link", people.token_mailed_to(EMAIL))


def test_link_and_password_lead_to_the_code_app_and_in(kei: User) -> None:
    visitor = Visitor()
    assert gives_password(visitor).startswith("/account/enrolment/sent/")
    assert "We sent a link" in visitor.get("accounts:enrolment_sent").content.decode()
    assert mails(EMAIL) == ["enrolment_link"]
    page = opens_mailed_link(visitor)
    assert EMAIL in visitor.get(page).content.decode()
    answer = visitor.post(page, current_password=PASSWORD)
    assert answer.url == "/account/enrol/"
    assert sets_up(visitor)
    assert visitor.is_in()


def test_whoever_knows_the_password_alone_sets_nothing_up(kei: User) -> None:
    thief = Visitor(people.ABROAD)
    assert gives_password(thief).startswith("/account/enrolment/sent/")
    binding = ("accounts:enrol", "accounts:enrol_totp", "accounts:qr", "accounts:enrol_passkey")
    for page in ("accounts:check_up", "accounts:methods", *binding):
        assert thief.get(page).url.startswith("/account/sign-in/"), page
        assert thief.post(page).status_code in (302, 405), page
    assert not sets_up(thief)
    key = "JBSWY3DPEHPK3PXP"
    thief.post("accounts:enrol_totp", code=people.code_of(key, thief.at), name="Phone")
    assert not Authenticator.objects.exists()
    assert not thief.is_in()


def test_nor_while_the_owner_is_at_it_in_her_browser(kei: User) -> None:
    thief, owner = Visitor(people.ABROAD), Visitor()
    gives_password(thief)
    gives_password(owner)
    owner.post(opens_mailed_link(owner), current_password=PASSWORD)
    assert not sets_up(thief)
    gives_password(thief)
    assert not sets_up(thief)
    assert sets_up(owner)


def test_whoever_reads_the_mailbox_alone_sets_nothing_up(kei: User) -> None:
    gives_password(Visitor())
    thief = Visitor(people.ABROAD)
    page = opens_mailed_link(thief)
    assert thief.post(page, current_password="a-guess-of-theirs").status_code == 422
    for page in ("accounts:enrol", "accounts:enrol_totp", "accounts:enrol_passkey"):
        assert thief.get(page).url.startswith("/account/sign-in/")
    assert not sets_up(thief)


def test_nor_does_a_forgotten_password_help_them(kei: User) -> None:
    people.forgets_password(EMAIL)
    assert mails(EMAIL) == ["enrolment_link"]
    thief = Visitor(people.ABROAD)
    token = people.token_mailed_to(EMAIL)
    assert thief.get("accounts:password_link", token).status_code == 422
    assert thief.post(opens_mailed_link(thief), current_password="a-guess-of-theirs").status_code == 422


def test_the_thief_with_the_mailbox_guesses_within_the_bounds_of_every_sign_in(kei: User) -> None:
    gives_password(Visitor())
    thief = Visitor(people.ABROAD)
    page = opens_mailed_link(thief)
    answers = {thief.post(page, current_password=f"guess {n}").status_code for n in range(20)}
    assert answers == {422, 429}
    assert thief.post(page, current_password=PASSWORD).status_code == 429


def test_the_link_works_once_and_ends_those_before_it(kei: User) -> None:
    first, second = Visitor(), Visitor()
    gives_password(first)
    early = opens_mailed_link(first)
    gives_password(second)
    second.post(opens_mailed_link(second), current_password=PASSWORD)
    assert first.post(early, current_password=PASSWORD).status_code == 422
    assert not sets_up(first)
    assert sets_up(second)
    assert not EnrolmentLink.objects.filter(used_at=None, void_at=None).exists()


def test_a_day_later_the_link_is_dead_and_signing_in_sends_another(kei: User) -> None:
    visitor = Visitor()
    gives_password(visitor)
    token = people.token_mailed_to(EMAIL)
    visitor.wait(hours=25)
    assert visitor.get("accounts:enrolment_link", token).status_code == 422
    gives_password(visitor)
    assert people.token_mailed_to(EMAIL) != token


def test_the_mailbox_gets_a_few_mails_an_hour_and_the_page_is_the_same(kei: User) -> None:
    pages = set()
    for number in range(MAILS_AN_HOUR + 3):
        visitor = Visitor(people.HOME if number % 2 else people.OSAKA)
        gives_password(visitor)
        page = visitor.get("accounts:enrolment_sent").content.decode()
        pages.add(page.partition("<h1>")[2].partition("<form")[0])
    assert len(pages) == 1
    assert mails(EMAIL) == ["enrolment_link"] * MAILS_AN_HOUR


def test_a_wrong_password_gets_the_answer_of_an_unknown_address_and_sends_nothing(kei: User) -> None:
    for email in (EMAIL, "nobody@example.jp"):
        answer = Visitor().post("accounts:sign_in", email=email, password="wrong-wrong-wrong")
        assert answer.status_code == 422
        assert "The e-mail address or password is incorrect." in answer.content.decode()
    assert not Delivery.objects.exists()


def test_after_a_restore_at_the_desk_the_link_of_the_restore_is_enough(kei: User) -> None:
    """Two people have looked: ``tests/recovery`` holds what they ask for."""
    from accounts.credentials import password_links
    from accounts.enums import LinkReason

    password_links.mail(kei, LinkReason.RESTORED)
    visitor = Visitor()
    page = visitor.opens_link("accounts:password_link", people.token_mailed_to(EMAIL))
    assert visitor.post(page, new_password="quiet lantern over harbour").status_code == 302
    assert gives_password(visitor, "quiet lantern over harbour").startswith("/account/enrol/")
    assert sets_up(visitor)


def test_with_an_authenticator_the_account_is_like_any_other(kei: User) -> None:
    visitor = Visitor()
    gives_password(visitor)
    visitor.post(opens_mailed_link(visitor), current_password=PASSWORD)
    sets_up(visitor)
    later = Visitor(at=clock.now() + timedelta(seconds=4 * STEP))
    assert later.post("accounts:sign_in", email=EMAIL, password=PASSWORD).url.startswith("/account/sign-in/")
    assert mails(EMAIL).count("enrolment_link") == 1
    people.forgets_password(EMAIL)
    assert mails(EMAIL)[-1] == "password_link"
