"""Signing up: the address is proved first, and nobody learns whose address is known."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.credentials.password_validation import GuessablePasswordValidator
from accounts.models import Authenticator, Identifier, User
from accounts.sign_up import services as sign_up
from common import clock
from common.errors import Denied
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


def test_aoi_signs_up_from_address_to_recovery_codes(db: None, told) -> None:
    visitor = Visitor()
    visitor.client.cookies["tz"] = "Europe/Berlin"
    assert visitor.post("accounts:sign_up", email="Aoi@Example.jp ").url == reverse("accounts:sign_up_sent")
    page = visitor.opens_link("accounts:sign_up_link", people.token_mailed_to("aoi@example.jp"))
    assert visitor.get(page).status_code == 200
    assert not User.objects.exists()
    answer = visitor.post(page, name="Aoi", new_password="quiet lantern over harbour")
    assert answer.url == reverse("accounts:enrol")
    page, key = visitor.opens_enrolling("accounts:enrol_totp")
    answer = visitor.post(page, code=people.code_of(key, visitor.at), name="")
    codes = answer.context["codes"]
    assert len(set(codes)) == 10
    assert all(len(code) == 16 for code in codes)
    assert visitor.is_in()
    user = User.objects.get()
    assert (user.email, user.name, user.zone) == ("aoi@example.jp", "Aoi", "Europe/Berlin")
    assert Identifier.objects.get(user=user).value == "aoi@example.jp"
    assert told("account.") == ["account.created", "account.address.verified"]
    assert key not in str(dict(visitor.client.session))


def test_a_known_address_gets_the_same_page_and_another_mail(hanako: Actor) -> None:
    pages = []
    for email in ("hanako@example.jp", "nobody@example.jp"):
        answer = Visitor().post("accounts:sign_up", email=email)
        pages.append((answer.status_code, answer.url))
    assert pages[0] == pages[1]
    assert mails("hanako@example.jp")[-1] == "sign_up_known"
    assert mails("nobody@example.jp") == ["sign_up_link"]


def test_the_link_works_once(db: None) -> None:
    token = sign_up.make_token("aoi@example.jp")
    sign_up.finish(token=token, name="Aoi", password=people.PASSWORD, language="ja", zone="Asia/Tokyo")
    visitor = Visitor()
    assert visitor.get("accounts:sign_up_link", token).status_code == 422
    assert visitor.get("accounts:sign_up_details").status_code == 422
    assert visitor.post("accounts:sign_up_details", name="X", new_password=people.PASSWORD).status_code == 422
    assert User.objects.count() == 1


def test_the_link_dies_after_a_day_and_cannot_be_forged(db: None) -> None:
    with clock.pretend(clock.now() - timedelta(hours=25)):
        old = sign_up.make_token("aoi@example.jp")
    assert sign_up.read_token(old) is None
    assert sign_up.read_token("x" * 120) is None
    assert sign_up.read_token(sign_up.make_token("aoi@example.jp")) == "aoi@example.jp"


def test_an_address_that_was_hers_cannot_be_taken_while_she_can_take_it_back(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    with pytest.raises(Denied):
        sign_up.create(email="hanako@example.jp", name="Thief", password=people.PASSWORD)
    with clock.pretend(clock.now() + timedelta(days=31)):
        sign_up.create(email="hanako@example.jp", name="Later", password=people.PASSWORD)


@pytest.mark.parametrize(
    "password", ["short", "password1234", "aoi@example.jp1", "Orikaeshi2026", "aaaaaaaaaaaaaaaa", "x" * 129]
)
def test_guessable_passwords_are_refused_with_a_reason(db: None, password: str) -> None:
    visitor = Visitor()
    page = visitor.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    answer = visitor.post(page, name="Aoi", new_password=password)
    assert answer.status_code == 422
    assert answer.context["form"].errors["new_password"]
    assert not User.objects.exists()


def test_the_persons_own_name_does_not_make_a_password(hanako: Actor) -> None:
    with pytest.raises(ValidationError):
        GuessablePasswordValidator().validate("hanakomorihanakomori", hanako.user)


@pytest.mark.parametrize(
    "password", ["短い夜に静かな港の灯りがともる", "correct horse 電池 staple", "x7#Kq!v9Zw2$"]
)
def test_any_signs_may_make_a_password(db: None, password: str) -> None:
    GuessablePasswordValidator().validate(password)


def test_the_strength_is_shown_while_typing_and_kept_nowhere(db: None, caplog) -> None:
    answer = Visitor().post("accounts:password_strength", new_password="quiet lantern over harbour")
    assert b"<meter" in answer.content
    assert b"quiet lantern" not in answer.content
    assert "quiet lantern" not in caplog.text
    assert Visitor().post("accounts:password_strength", new_password="").content.strip() == b""


def test_enrolling_with_a_wrong_code_binds_nothing(db: None) -> None:
    user = sign_up.create(email="mika@example.jp", name="Mika", password=people.PASSWORD, how="imported")
    visitor = Visitor()
    visitor.gives_password(Actor(user, user.email, people.PASSWORD, "", []))
    page, _key = visitor.opens_enrolling("accounts:enrol_totp")
    assert visitor.post(page, code="000000").status_code == 422
    assert not Authenticator.objects.exists()
    assert not visitor.is_in()
