"""A voided password stays void, wherever a password is chosen; and so do the last five."""

import pytest
from django.contrib.auth.hashers import make_password

from accounts import passwords
from accounts.credentials import services as credentials
from accounts.models import FormerPassword, User
from accounts.record_change import AskedBy
from accounts.rollback import services as rollback
from common import clock
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

WORDS = ["tall", "calm", "wide", "deep", "pale", "bold", "kind"]


def word(number: int) -> str:
    return f"{WORDS[number]}-river-quilt-97"


def by_link(hanako: Actor, password: str) -> int:
    people.forgets_password(hanako.email)
    browser = Visitor()
    page = browser.opens_link("accounts:password_link", people.token_mailed_to(hanako.email))
    answer = browser.post(page, new_password=password)
    if answer.status_code == 422:
        assert answer.context["form"].errors["new_password"]
    return int(answer.status_code)


@pytest.mark.parametrize("password", [people.PASSWORD, people.THIEF_PASSWORD], ids=["hers", "the thief’s"])
def test_after_a_restore_the_voided_passwords_are_refused_and_the_link_stays_good(
    hanako: Actor, password: str
) -> None:
    people.take_over(hanako.user, clock.now() - people.TAKEOVER_AGO)
    rollback.restore(user_id=hanako.user.pk)
    browser = Visitor()
    page = browser.opens_link("accounts:password_link", people.token_mailed_to(hanako.email))
    refused = browser.post(page, new_password=password)
    assert (refused.status_code, bool(refused.context["form"].errors["new_password"])) == (422, True)
    assert not User.objects.get(pk=hanako.user.pk).has_usable_password()
    assert browser.post(page, new_password=word(0)).status_code == 302


def test_also_where_she_is_signed_in(hanako: Actor) -> None:
    her = Visitor().signs_in(hanako)
    answer = her.post(
        "accounts:change_password", current_password=hanako.password, new_password=hanako.password
    )
    assert answer.status_code == 422
    assert "new_password" in answer.context["form"].errors
    assert User.objects.get(pk=hanako.user.pk).check_password(hanako.password)


def chooses(user: User, password: str) -> None:
    digest = make_password(passwords.normal(password))
    credentials.apply_password(user, {"digest": digest}, AskedBy())


def test_the_last_five_are_refused_and_no_more_is_kept(hanako: Actor) -> None:
    for number in range(6):
        user = User.objects.get(pk=hanako.user.pk)
        chooses(user, word(number))
    assert FormerPassword.objects.filter(user=hanako.user).count() == 5
    for number in range(6):
        assert by_link(hanako, word(number)) == 422
        # Asking again and again is bounded: forget the mails of this hour.
        hanako.user.password_links.all().delete()
    assert by_link(hanako, hanako.password) == 302


def test_another_spelling_of_the_same_password_is_the_same(hanako: Actor) -> None:
    user = User.objects.get(pk=hanako.user.pk)
    chooses(user, "caf\u00e9-river-quilt-97")
    assert by_link(hanako, "cafe\u0301-river-quilt-97") == 422


def test_after_a_restore_a_missed_link_is_sent_again_on_demand(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - people.TAKEOVER_AGO)
    rollback.restore(user_id=hanako.user.pk)
    from datetime import timedelta

    with clock.pretend(clock.now() + timedelta(hours=25)):
        people.forgets_password(hanako.email)
        token = people.token_mailed_to(hanako.email)
        people.forgets_password(hanako.email)
        credentials.choose_password_by_link(token=token, password=word(1))
    assert User.objects.get(pk=hanako.user.pk).check_password(word(1))
