"""Passkeys where a session looks like a stranger's: what it asks for waits, what is young allows nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.due_changes import services as due_changes
from accounts.models import Authenticator, CredentialChange
from accounts.states import ChangeState
from common import clock
from tests.support import passkeys, people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor
from tests.support.software_passkey import Passkey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guarded(settings) -> None:
    settings.GUARD_RISKY_SESSIONS = True


def old_one(hanako: Actor) -> Passkey:
    return passkeys.bind(hanako, people.HOME, clock.now() - timedelta(days=20), name="Hers")


def test_a_strangers_passkey_waits_a_day_and_signs_nobody_in_before(hanako: Actor) -> None:
    thief = Visitor(people.ABROAD).signs_in(hanako)
    his = passkeys.adds(thief, name="His")
    change = CredentialChange.objects.get(user=hanako.user, kind="passkey_added")
    assert change.state == ChangeState.PENDING
    assert "change_waiting" in mails(hanako.email)
    assert not Authenticator.objects.filter(kind="passkey").exists()
    assert passkeys.enters(Visitor(people.ABROAD), his).status_code == 422
    with clock.pretend(clock.now() + timedelta(hours=25)):
        assert due_changes.apply_due() == 1
    assert passkeys.row_of(hanako).name == "His"


def test_the_removal_of_hers_waits_too_and_she_stops_it(hanako: Actor) -> None:
    hers = old_one(hanako)
    thief = Visitor(people.ABROAD).signs_in(hanako)
    row = passkeys.row_of(hanako)
    assert thief.post("accounts:passkey_remove", row.pk).url == reverse("accounts:methods")
    change = CredentialChange.objects.get(user=hanako.user, kind="passkey_removed")
    assert change.state == ChangeState.PENDING
    home = Visitor(at=clock.now() + timedelta(minutes=5))
    assert passkeys.enters(home, hers).status_code == 302
    assert "Remove a passkey" in home.get("accounts:methods").content.decode()
    assert home.post("accounts:cancel_change", change.pk).status_code == 302
    with clock.pretend(clock.now() + timedelta(hours=25)):
        assert due_changes.apply_due() == 0
    row.refresh_from_db()
    assert row.removed_at is None


def test_a_removal_that_waited_never_takes_the_last_one(hanako: Actor) -> None:
    old_one(hanako)
    thief = Visitor(people.ABROAD).signs_in(hanako)
    row = passkeys.row_of(hanako)
    thief.post("accounts:passkey_remove", row.pk)
    Authenticator.objects.filter(user=hanako.user, kind="totp").update(
        device=None, removed_at=clock.now() + timedelta(minutes=5)
    )
    with clock.pretend(clock.now() + timedelta(hours=25)):
        due_changes.apply_due()
    row.refresh_from_db()
    assert row.removed_at is None


def test_once_shown_it_pays_for_the_changes_of_five_minutes(hanako: Actor) -> None:
    hers = old_one(hanako)
    home = Visitor()
    assert passkeys.enters(home, hers).status_code == 302
    passkeys.adds(home, name="Second")
    passkeys.adds(home, name="Third")
    home.wait(minutes=6)
    assert home.get("accounts:passkey_add").url.startswith(reverse("accounts:verify"))


def test_abroad_an_old_passkey_allows_a_change_that_waits_and_a_young_one_none(hanako: Actor) -> None:
    hers = old_one(hanako)
    young = passkeys.bind(hanako, people.HOME, clock.now() - timedelta(hours=2), name="Young")
    abroad = Visitor(people.ABROAD)
    assert passkeys.enters(abroad, young).status_code == 302
    assert abroad.row.is_risky
    assert abroad.get("accounts:passkey_add").url.startswith(reverse("accounts:verify"))
    refused = passkeys.verifies(abroad.wait(seconds=5), young)
    assert "more than 72 hours ago" in refused.content.decode()
    assert passkeys.verifies(abroad, hers).status_code == 302
    assert abroad.get("accounts:passkey_add").status_code == 200
