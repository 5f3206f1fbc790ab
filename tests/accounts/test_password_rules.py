"""How long a password must be where it is the only authenticator, and where it is not."""

import pytest

from accounts.credentials.password_validation import MAX_LENGTH, MIN_LENGTH, MIN_LENGTH_ALONE
from accounts.pages import services as pages
from accounts.roles import Role
from accounts.sign_up import services as sign_up
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import PASSWORD, Actor

pytestmark = pytest.mark.django_db

EIGHT = "x7#kQ9!z"


def page_of_a_link(actor: Actor) -> tuple[Visitor, str]:
    people.forgets_password(actor.email)
    visitor = Visitor()
    return visitor, visitor.opens_link("accounts:password_link", people.token_mailed_to(actor.email))


def test_eight_signs_do_beside_an_authenticator_and_fifteen_without(hanako: Actor) -> None:
    visitor, page = page_of_a_link(hanako)
    assert visitor.post(page, new_password=EIGHT[:-1]).status_code == 422
    assert visitor.post(page, new_password=EIGHT).status_code == 302
    signing_up = Visitor()
    page = signing_up.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    assert signing_up.post(page, name="Aoi", new_password=EIGHT).status_code == 422
    assert signing_up.post(page, name="Aoi", new_password="x7#kQ9!zW2.mB4").status_code == 422
    assert signing_up.post(page, name="Aoi", new_password="x7#kQ9!zW2.mB4-").status_code == 302


def test_an_invited_colleague_has_no_authenticator_yet_and_chooses_fifteen(db: None) -> None:
    pages.create_staff(
        email="ito@orikaeshi.example", name="Ito", role=Role.AGENT, language="en", languages=("en",)
    )
    visitor = Visitor()
    page = visitor.opens_link("accounts:password_link", people.token_mailed_to("ito@orikaeshi.example"))
    assert visitor.post(page, new_password=EIGHT).status_code == 422
    assert visitor.post(page, new_password="x7#kQ9!zW2.mB4-").status_code == 302


def test_changing_it_signed_in_takes_eight(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    answer = visitor.post("accounts:change_password", current_password=PASSWORD, new_password=EIGHT)
    assert answer.status_code == 302


def test_the_form_the_meter_and_password_managers_hear_the_same_length(hanako: Actor) -> None:
    visitor, page = page_of_a_link(hanako)
    field = visitor.get(page).context["form"].fields["new_password"]
    assert field.widget.attrs["minlength"] == MIN_LENGTH
    assert "At least 8 characters" in field.help_text
    assert field.widget.attrs["passwordrules"] == f"minlength: {MIN_LENGTH}; maxlength: {MAX_LENGTH};"
    meter = visitor.post(str(field.widget.attrs["hx-post"]), new_password=EIGHT)
    assert "Hard to guess" in meter.content.decode()
    signing_up = Visitor()
    page = signing_up.opens_link("accounts:sign_up_link", sign_up.make_token("aoi@example.jp"))
    field = signing_up.get(page).context["form"].fields["new_password"]
    assert field.widget.attrs["minlength"] == MIN_LENGTH_ALONE
    assert "At least 15 characters" in field.help_text
    meter = signing_up.post(str(field.widget.attrs["hx-post"]), new_password=EIGHT)
    assert "Still too short" in meter.content.decode()


def test_a_hundred_and_twenty_eight_signs_are_taken_and_no_more(hanako: Actor) -> None:
    visitor, page = page_of_a_link(hanako)
    words = " ".join(f"{word}{n}" for n, word in enumerate(["lantern", "harbour", "quilt", "orchard"] * 5))
    assert visitor.post(page, new_password=words[: MAX_LENGTH + 1]).status_code == 422
    assert visitor.post(page, new_password=words[:MAX_LENGTH]).status_code == 302


@pytest.mark.parametrize("typed", ["password", "iloveyou2", "tuesday9x", "aaaaaaaa", "hanako88", "12345678"])
def test_short_ones_that_are_easily_guessed_are_refused(hanako: Actor, typed: str) -> None:
    visitor, page = page_of_a_link(hanako)
    answer = visitor.post(page, new_password=typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors["new_password"]
