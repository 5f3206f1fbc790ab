"""Putting an account back: the plan is what happens, once, and what a stranger brought never counts again."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import selectors
from accounts.authenticators import selectors as authenticators
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.throttling import DESK
from accounts.credentials import services as credentials
from accounts.doubt.selectors import doubt_about
from accounts.enums import FreezeReason
from accounts.freezes import services as freezes
from accounts.models import (
    Authenticator,
    CredentialChange,
    Identifier,
    PasswordLink,
    PendingEmail,
    Session,
    User,
)
from accounts.rollback import plans
from accounts.rollback import services as rollback
from audit.models import Event
from common import clock
from common.errors import Denied, Stale
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

NEW = "tall-river-quilt-97"


@pytest.fixture
def at(hanako: Actor) -> datetime:
    """Fourteen minutes ago a stranger came in; the moment before which all was hers."""
    moment = clock.now() - timedelta(minutes=14)
    people.take_over(hanako.user, moment)
    return moment


def restored(hanako: Actor) -> rollback.Restored:
    return rollback.restore(user_id=hanako.user.pk, case=7, by=None)


def test_the_plan_is_what_then_happens(hanako: Actor, at: datetime) -> None:
    plan = plans.plan(user_id=hanako.user.pk)
    kinds = [step.kind for step in plan.steps]
    assert kinds == [
        "email_back",
        "authenticator_out",
        "authenticator_back",
        "password_void",
        "sessions_ended",
        "hold",
    ]
    assert plan.steps[0].data == {"from": "h••••8@mail.example", "to": "h••••o@example.jp"}
    assert restored(hanako).steps == plan.steps


def test_hanako_gets_back_what_was_hers(hanako: Actor, at: datetime) -> None:
    result = restored(hanako)
    user = User.objects.get(pk=hanako.user.pk)
    assert user.email == "hanako@example.jp"
    assert not user.has_usable_password()
    assert not Session.objects.filter(user=user, ended_at=None).exists()
    assert [one.reason for one in selectors.active_freezes(user.pk)] == ["hold"]
    assert result.changes == 3
    assert set(CredentialChange.objects.filter(user=user, at__gte=at).values_list("state", flat=True)) == {
        "undone"
    }
    credentials.choose_password_by_link(token=people.token_mailed_to("hanako@example.jp"), password=NEW)
    visitor = Visitor()
    visitor.gives_password(hanako, NEW)
    assert visitor.gives_code(hanako).status_code == 302
    assert visitor.is_in()
    event = Event.objects.get(action="credential.restored", account=user.pk)
    assert (event.account, event.case) == (user.pk, 7)


def test_the_strangers_address_and_code_app_never_count_again(hanako: Actor, at: datetime) -> None:
    restored(hanako)
    for days in (0, 10, 60):
        with clock.pretend(clock.now() + timedelta(days=days)):
            doubt = doubt_about(hanako.user.pk)
            found = selectors.addresses_that_count(hanako.user.pk, doubt)
            assert [one.value for one in found] == ["hanako@example.jp"]
            apps = authenticators.authenticators_that_count(hanako.user.pk, doubt)
            assert [one.name for one in apps if one.kind == "totp"] == ["Phone"]
    assert selectors.find_account(people.THIEF_EMAIL) is None
    assert people.THIEF_EMAIL not in [one.value for one in selectors.addresses_of_last_days(hanako.user.pk)]
    assert TOTPDevice.objects.filter(user=hanako.user).count() == 1
    assert Authenticator.objects.get(name="Phone 2").sealed is None


def test_the_strangers_address_learns_no_more_than_that_it_was_removed(hanako: Actor, at: datetime) -> None:
    before = len(mails(people.THIEF_EMAIL))
    restored(hanako)
    assert mails(people.THIEF_EMAIL)[before:] == ["address_removed"]
    assert mails("hanako@example.jp")[-2:] == ["credential_changed", "password_link"]


def test_a_second_restore_finds_nothing_and_leaves_her_new_password_alone(
    hanako: Actor, at: datetime
) -> None:
    restored(hanako)
    credentials.choose_password_by_link(token=people.token_mailed_to("hanako@example.jp"), password=NEW)
    with pytest.raises(Stale), transaction.atomic():
        restored(hanako)
    assert User.objects.get(pk=hanako.user.pk).check_password(NEW)


def test_a_second_takeover_after_the_first_restore_can_be_undone_too(hanako: Actor, at: datetime) -> None:
    restored(hanako)
    credentials.choose_password_by_link(token=people.token_mailed_to("hanako@example.jp"), password=NEW)
    freezes.lift(user_id=hanako.user.pk, how="test", reasons=[FreezeReason.HOLD])
    again = clock.now() + timedelta(minutes=1)
    session = people.come_in(User.objects.get(pk=hanako.user.pk), people.ABROAD, again)
    with people.visiting(people.ABROAD, again + timedelta(minutes=1), actor=hanako.user.pk, session=session):
        recovery_codes.create(user=hanako.user)
        result = rollback.restore(user_id=hanako.user.pk)
    assert {"recovery_codes_out", "recovery_codes_back"} <= {step.kind for step in result.steps}
    (codes,) = [
        one for one in authenticators.bound_authenticators(hanako.user.pk) if one.kind == "recovery_codes"
    ]
    assert recovery_codes.among([codes.id], hanako.recovery_codes[0], DESK)


def test_what_the_stranger_had_begun_is_cancelled_and_their_links_are_dead(
    hanako: Actor, at: datetime
) -> None:
    user = User.objects.get(pk=hanako.user.pk)
    session = Session.objects.filter(user=user, ended_at=None).latest("started_at")
    credentials.request_email_change(user=user, address="third@example.com", session=session.pk)
    pending = people.token_mailed_to("third@example.com")
    people.forgets_password(people.THIEF_EMAIL)
    link = people.token_mailed_to(people.THIEF_EMAIL)
    assert "pending_cancelled" in [step.kind for step in plans.plan(user_id=user.pk).steps]
    restored(hanako)
    assert not PendingEmail.objects.filter(state="pending").exists()
    with pytest.raises(Stale):
        credentials.confirm_email_change(token=pending)
    with pytest.raises((Stale, Denied)):
        credentials.choose_password_by_link(token=link, password=NEW)
    freezes.lift(user_id=user.pk, how="test", reasons=[FreezeReason.HOLD])
    with pytest.raises(Stale):
        credentials.choose_password_by_link(token=link, password=NEW)


def test_during_the_hold_the_address_cannot_be_taken_again(hanako: Actor, at: datetime) -> None:
    restored(hanako)
    with pytest.raises(Denied):
        credentials.request_email_change(
            user=User.objects.get(pk=hanako.user.pk), address="x@example.com", session=uuid4()
        )
    people.forgets_password(hanako.email)
    assert set(PasswordLink.objects.values_list("why", flat=True)) == {"restored"}


def test_two_changes_of_address_inside_go_back_to_the_first(hanako: Actor, at: datetime) -> None:
    user = User.objects.get(pk=hanako.user.pk)
    session = Session.objects.filter(user=user, ended_at=None).latest("started_at")
    credentials.request_email_change(user=user, address="third@example.com", session=session.pk)
    credentials.confirm_email_change(token=people.token_mailed_to("third@example.com"))
    restored(hanako)
    assert User.objects.get(pk=user.pk).email == "hanako@example.jp"
    rejected = Identifier.objects.filter(user=user, rejected=True).values_list("value", flat=True)
    assert set(rejected) == {people.THIEF_EMAIL, "third@example.com"}


def test_a_restore_that_fails_changes_nothing(hanako: Actor, at: datetime, monkeypatch) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.owner_notifications.notify_of_restore", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        restored(hanako)
    assert User.objects.get(pk=hanako.user.pk).email == people.THIEF_EMAIL
    assert not Event.objects.filter(action="credential.restored", account=hanako.user.pk).exists()


def test_a_freeze_ends_only_doubtful_sessions_and_is_placed_once(hanako: Actor) -> None:
    older = people.come_in(hanako.user, people.HOME, clock.now() - timedelta(hours=2))
    strange = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(minutes=14))
    with people.visiting(people.ABROAD, clock.now(), actor=hanako.user.pk, session=strange):
        recovery_codes.create(user=hanako.user)
    doubt, ended = freezes.protect(user_id=hanako.user.pk, case=3)
    assert (doubt.is_strong, ended) == (True, 1)
    assert Session.objects.get(pk=older).ended_at is None
    assert Session.objects.get(pk=strange).end_reason == "call"
    told = len(mails("hanako@example.jp"))
    assert freezes.protect(user_id=hanako.user.pk, case=4)[1] == 0
    assert len(mails("hanako@example.jp")) == told
    assert len(selectors.active_freezes(hanako.user.pk)) == 1
    assert freezes.lift(user_id=hanako.user.pk, how="test") == 1
    assert freezes.lift(user_id=hanako.user.pk, how="test") == 0
