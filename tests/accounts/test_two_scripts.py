"""A name in two scripts: each reader sees the one they can read, with the honorific of their language."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import translation

from accounts import selectors
from accounts.models import User
from accounts.sign_up import services as sign_up
from audit.search.forms import SearchForm
from common import clock
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def mori(db: None) -> Actor:
    return people.join(
        email="mori@example.jp",
        name="森 花子",
        name_latin="Hanako Mori",
        place=people.HOME,
        at=clock.now() - timedelta(days=9),
    )


@pytest.fixture
def sato(db: None) -> Actor:
    return people.join(
        email="sato@orikaeshi.example",
        name="佐藤",
        name_latin="Sato",
        place=people.DESK,
        at=clock.now() - timedelta(days=9),
        role="agent",
    )


@pytest.mark.parametrize(
    ("language", "customer", "agent"), [("ja", "森 花子様", "佐藤さん"), ("en", "Hanako Mori", "Sato")]
)
def test_each_reader_sees_the_name_in_their_script(
    mori: Actor, sato: Actor, language: str, customer: str, agent: str
) -> None:
    with translation.override(language):
        assert (mori.user.addressed(), sato.user.addressed()) == (customer, agent)
        assert selectors.summary(mori.user.pk).name == customer.removesuffix("様")
    User.objects.update(language=language)
    html = Visitor().signs_in(mori).get("accounts:profile").content.decode()
    assert f'<span class="name">{customer}</span>' in html


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_has_one_form_of_a_name_has_it_in_both_languages(language: str) -> None:
    assert User(name="Alice").name_for(language) == "Alice"
    assert User(name_latin="Alice").name_for(language) == "Alice"


def test_the_profile_keeps_both_and_takes_only_latin_letters_for_the_second(mori: Actor) -> None:
    visitor = Visitor().signs_in(mori)
    kept = {"language": "ja", "zone": "Asia/Tokyo"}
    assert visitor.post("accounts:profile", name="森 華", name_latin="Hana Mōri", **kept).status_code == 302
    user = User.objects.get(pk=mori.user.pk)
    assert (user.name, user.name_latin) == ("森 華", "Hana Mōri")
    refused = visitor.post("accounts:profile", name="森 華", name_latin="森 華", **kept)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["name_latin"])


def test_signing_up_takes_both_and_the_password_may_be_neither(db: None) -> None:
    visitor = Visitor()
    page = visitor.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    typed = {"name": "青井 優", "name_latin": "Yutaka Aoi"}
    assert visitor.post(page, **typed, new_password="Yutaka Aoi 12").status_code == 422
    assert visitor.post(page, **typed, new_password="tall-river-quilt-97").status_code == 302
    assert str(User.objects.get()) == "Yutaka Aoi"


def test_staff_are_made_with_both(db: None) -> None:
    call_command(
        *("create_staff", "ito@desk.example", "--name", "伊藤", "--name-latin", "Ito", "--role", "agent")
    )
    assert User.objects.get().name_for("en") == "Ito"


@pytest.mark.parametrize("text", ["森", "hanako mori"])
def test_the_trail_finds_a_person_by_either(mori: Actor, text: str) -> None:
    form = SearchForm({"account": text})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["account"] == (mori.user.pk,)
