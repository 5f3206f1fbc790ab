"""A change of address that waits: whoever has the account now can stop it, and any other change does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.disputes import objections
from accounts.models import CredentialChange, PendingEmail, Session, User
from common import clock
from tests.accounts.test_not_me import NEW
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

HIS = people.THIEF_EMAIL


@pytest.fixture
def thief(hanako: Actor) -> Visitor:
    """He has asked for a new address, twenty hours ago, and signed out."""
    visitor = Visitor(people.ABROAD, clock.now() - timedelta(hours=20)).signs_in(hanako)
    assert visitor.post("accounts:change_email", email=HIS).status_code == 302
    visitor.post("accounts:sign_out")
    visitor.wait(hours=20)
    return visitor


def confirms(thief: Visitor) -> int:
    """He opens the link in his mailbox; returns what he is answered."""
    answer = thief.get("accounts:email_link", people.token_mailed_to(HIS))
    return int(thief.post(answer.url).status_code) if answer.status_code == 302 else int(answer.status_code)


def test_left_alone_the_link_works(hanako: Actor, thief: Visitor) -> None:
    assert confirms(thief) == 200
    assert User.objects.get(pk=hanako.user.pk).email == HIS


def changes_password(her: Visitor, hanako: Actor) -> None:
    her.post("accounts:change_password", current_password=hanako.password, new_password=NEW)


def forgets_password(her: Visitor, hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    page = her.opens_link("accounts:password_link", people.token_mailed_to(hanako.email))
    assert her.post(page, new_password=NEW).status_code == 302


def adds_app(her: Visitor, _hanako: Actor) -> None:
    page, key = her.opens_enrolling("accounts:totp_add")
    assert her.post(page, code=people.code_of(key, her.at), name="Second").status_code == 302


def makes_codes(her: Visitor, _hanako: Actor) -> None:
    assert her.post("accounts:recovery_codes").status_code == 200


def ends_other_sessions(her: Visitor, _hanako: Actor) -> None:
    her.post("accounts:end_other_sessions")


def objects_to_a_change(her: Visitor, hanako: Actor) -> None:
    makes_codes(her, hanako)
    PendingEmail.objects.update(state="pending")
    change = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    objections.object_to(change_id=change.pk)


ACTS = [changes_password, forgets_password, adds_app, makes_codes, ends_other_sessions, objects_to_a_change]


@pytest.mark.parametrize("acts", ACTS, ids=[one.__name__ for one in ACTS])
def test_whatever_she_changes_his_link_is_dead(hanako: Actor, thief: Visitor, acts, told) -> None:
    with clock.pretend(clock.now() - timedelta(seconds=90)):
        her = Visitor(at=clock.now() - timedelta(minutes=2)).signs_in(hanako)
    acts(her, hanako)
    assert confirms(thief) == 422
    assert User.objects.get(pk=hanako.user.pk).email == hanako.email
    assert told().count("credential.email.change_cancelled") >= 1


def test_signing_out_alone_leaves_her_own_change_waiting(hanako: Actor) -> None:
    her = Visitor().signs_in(hanako)
    her.post("accounts:change_email", email="new@example.jp")
    her.post("accounts:sign_out")
    assert PendingEmail.objects.get().state == "pending"


def test_she_is_told_at_once_and_her_link_stops_it_without_signing_in(hanako: Actor, thief: Visitor) -> None:
    assert mails(hanako.email)[-1] == "email_change_asked"
    assert "email_change_asked" not in mails(HIS)
    her = Visitor(people.ON_THE_WAY)
    page = her.opens_link("accounts:stop_email_link", people.token_mailed_to(hanako.email))
    shown = her.get(page)
    assert (shown.status_code, PendingEmail.objects.get().state) == (200, "pending")
    assert HIS not in shown.content.decode()
    assert her.post(page).status_code == 302
    assert PendingEmail.objects.get().state == "cancelled"
    assert not her.is_in()
    assert "The change was stopped" in her.get(page).content.decode()
    assert confirms(thief) == 422


def test_too_late_the_page_says_so_and_a_second_click_does_nothing(hanako: Actor, thief: Visitor) -> None:
    token = people.token_mailed_to(hanako.email)
    assert confirms(thief) == 200
    her = Visitor(people.ON_THE_WAY)
    page = her.opens_link("accounts:stop_email_link", token)
    assert "has already been changed" in her.get(page).content.decode()
    assert her.post(page).status_code == 200
    assert PendingEmail.objects.get().state == "confirmed"


def test_a_made_up_link_stops_nothing(hanako: Actor, thief: Visitor) -> None:
    her = Visitor()
    pending = PendingEmail.objects.get()
    for token in (str(pending.pk), f"{pending.pk}:abc"):
        assert her.get("accounts:stop_email_link", token).status_code == 422
    assert her.post("accounts:stop_email").status_code == 422
    assert PendingEmail.objects.get().state == "pending"


def test_ending_the_one_session_that_asked_cancels_it(hanako: Actor) -> None:
    thief = Visitor(people.ABROAD, clock.now() - timedelta(minutes=30)).signs_in(hanako)
    thief.post("accounts:change_email", email=HIS)
    his = Session.objects.get(country="NL", ended_at=None)
    her = Visitor().signs_in(hanako)
    her.post("accounts:end_session", his.pk)
    assert PendingEmail.objects.get().state == "cancelled"
    assert her.get(reverse("accounts:sessions")).status_code == 200
