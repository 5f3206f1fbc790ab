"""A password is the same however the keyboard spells it, at every door; and those from before still work."""

import unicodedata
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.urls import reverse

from accounts.credentials import services as credentials
from accounts.credentials.password_validation import score
from accounts.models import User
from accounts.sign_up import services as sign_up
from common import clock
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

COMPOSED = "がぎぐげご-パスワード-だぢづ"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
NEW = unicodedata.normalize("NFD", "ぽかぽか-ベランダ-ぶどう棚-夕")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password of which a hash is made."""
    made: list[str] = []
    encode = MD5PasswordHasher.encode

    def heard(self: MD5PasswordHasher, password: str, salt: str) -> str:
        made.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", heard)
    return made


@pytest.fixture
def mei(db: None) -> Actor:
    return people.join(
        email="mei@example.jp",
        name="Mei",
        place=people.HOME,
        at=clock.now() - timedelta(days=9),
        password=COMPOSED,
    )


def kept_as_typed(actor: Actor, password: str) -> None:
    """As it was kept before passwords had a normal form."""
    User.objects.filter(pk=actor.user.pk).update(password=make_password(password))


def test_the_two_spellings_differ() -> None:
    assert len(COMPOSED) == 15
    assert len(DECOMPOSED) > len(COMPOSED)


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED], ids=["composed", "decomposed"])
def test_both_spellings_sign_in(mei: Actor, typed: str) -> None:
    assert Visitor().gives_password(mei, typed).status_code == 302


def test_the_current_and_the_new_password_may_be_spelled_either_way_in_a_change(mei: Actor) -> None:
    visitor = Visitor().signs_in(mei)
    answer = visitor.post("accounts:change_password", current_password=DECOMPOSED, new_password=NEW)
    assert answer.status_code == 302
    composed = unicodedata.normalize("NFC", NEW)
    assert Visitor(at=visitor.at).gives_password(mei, composed).status_code == 302


def test_a_password_chosen_by_link_may_be_spelled_either_way(mei: Actor) -> None:
    people.forgets_password(mei.email)
    visitor = Visitor()
    page = visitor.opens_link("accounts:password_link", people.token_mailed_to(mei.email))
    assert visitor.post(page, new_password=NEW).url == reverse("accounts:sign_in")
    assert visitor.gives_password(mei, unicodedata.normalize("NFC", NEW)).status_code == 302


def test_a_password_of_signing_up_may_be_spelled_either_way(db: None) -> None:
    visitor = Visitor()
    page = visitor.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    assert visitor.post(page, name="Aoi", new_password=NEW).status_code == 302
    assert User.objects.get().check_password(unicodedata.normalize("NFC", NEW))


def test_a_password_that_was_kept_as_typed_still_works_and_is_then_kept_in_its_normal_form(
    mei: Actor, hashed: list[str]
) -> None:
    kept_as_typed(mei, DECOMPOSED)
    assert Visitor().gives_password(mei, DECOMPOSED).status_code == 302
    hashed.clear()
    assert Visitor().gives_password(mei, COMPOSED).status_code == 302
    assert hashed == [COMPOSED]


def test_a_password_that_was_kept_as_typed_is_known_in_a_change_and_keeps_the_session(mei: Actor) -> None:
    visitor = Visitor().signs_in(mei)
    kept_as_typed(mei, DECOMPOSED)
    user = User.objects.get(pk=mei.user.pk)
    assert credentials.is_current_password(user, DECOMPOSED)
    assert not credentials.is_current_password(user, COMPOSED + "!")
    assert visitor.row.ended_at is None


@pytest.mark.parametrize(
    ("typed", "hashes"),
    [("wrong-wrong-wrong", 1), ("まちがい-パス", 1), (DECOMPOSED + "!", 2)],
    ids=["ascii", "composed", "decomposed"],
)
def test_a_wrong_password_costs_as_many_hashes_whoever_has_the_address(
    mei: Actor, hashed: list[str], typed: str, hashes: int
) -> None:
    voided = people.join(
        email="v@example.jp", name="V", place=people.HOME, at=clock.now() - timedelta(days=9)
    )
    User.objects.filter(pk=voided.user.pk).update(password="!void")
    counts = []
    for email in (mei.email, "nobody@example.jp", voided.email):
        hashed.clear()
        assert Visitor().post("accounts:sign_in", email=email, password=typed).status_code == 422
        counts.append(len(hashed))
    assert counts == [hashes] * 3


def test_a_right_password_in_its_normal_form_costs_one_hash(mei: Actor, hashed: list[str]) -> None:
    assert Visitor().gives_password(mei).status_code == 302
    assert len(hashed) == 1


@pytest.mark.parametrize(
    ("count", "status"), [(14, 422), (15, 302)], ids=["fourteen signs in 28 points", "fifteen signs"]
)
def test_the_length_is_that_of_the_normal_form(db: None, count: int, status: int) -> None:
    password = "".join("ゴべヅぷガびドゼボぐヂペばギぽ"[:count])
    typed = unicodedata.normalize("NFD", password)
    assert len(typed) == 2 * count
    visitor = Visitor()
    page = visitor.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    assert visitor.post(page, name="Aoi", new_password=typed).status_code == status
    meter = visitor.post("accounts:password_strength", new_password=typed)
    assert (meter.context["verdict"].refused == "password_too_short") is (status == 422)


def test_the_meter_measures_the_normal_form(db: None) -> None:
    answer = Visitor().post("accounts:password_strength", new_password=DECOMPOSED)
    assert answer.context["verdict"].score == score(COMPOSED)
    assert not answer.context["verdict"].refused


GUESSES = [
    "hanako@example.jp1",
    "hanako@example.jp",
    "hanako-example-1988",
    "Hanako Mori 2026!",
    "morihanako1234",
    "orikaeshi-orikaeshi",
    "orikaeshi2026!",
    "password1234",
    "qwertyuiop12",
    "correcthorse",
    "aaaaaaaaaaaaaaaa",
    "short-1",
    "hanako",
    "x7#" * 60,
    "quiet lantern over harbour",
    "tall-river-quilt-97",
    "ぽかぽか-ベランダ-ぶどう棚",
]


@pytest.mark.parametrize("typed", GUESSES)
def test_the_meter_praises_exactly_what_the_form_takes(hanako: Actor, typed: str) -> None:
    people.forgets_password(hanako.email)
    by_link = Visitor(place=people.OSAKA)
    signing_up = Visitor(place=people.ABROAD)
    pages = [
        (by_link, by_link.opens_link("accounts:password_link", people.token_mailed_to(hanako.email)), {}),
        (
            signing_up,
            signing_up.opens_link("accounts:sign_up_link", sign_up.make_token("hanako@example.co.jp")),
            {"name": "Hanako Mori"},
        ),
    ]
    for visitor, page, also in pages:
        meter = visitor.get(page).context["form"].fields["new_password"].widget.attrs["hx-post"]
        said = visitor.post(str(meter), new_password=typed, **also).content.decode()
        praised = "ard to guess" in said
        taken = visitor.post(page, new_password=typed, **also).status_code == 302
        assert praised is taken, (typed, said)


def test_the_meter_refuses_the_address_with_a_digit_behind_it(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    said = visitor.post("accounts:password_strength", new_password="hanako@example.jp1").content.decode()
    assert "asy to guess" in said
