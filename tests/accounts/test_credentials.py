"""Changing address, password and code apps: a fresh second factor first, and the owner hears of it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.authenticators import selectors as authenticators
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.throttling import DESK
from accounts.authenticators.totp import services as totp
from accounts.credentials import password_links
from accounts.credentials import services as credentials
from accounts.enums import FreezeReason
from accounts.models import (
    Authenticator,
    CredentialChange,
    Freeze,
    Identifier,
    PasswordLink,
    PendingEmail,
    Session,
    User,
)
from accounts.pages import services as profile
from accounts.retention import services as retention
from accounts.roles import Role
from audit.models import Event
from common import clock, encryption
from common.errors import Denied, Stale
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

NEW = "tall-river-quilt-97"


def frozen(actor: Actor, reason: FreezeReason = FreezeReason.HOLD) -> None:
    now = clock.now()
    Freeze.objects.create(
        user=actor.user, reason=reason, changes=[], placed_at=now, until=now + timedelta(hours=1)
    )


def link_of(message: str) -> str | None:
    mail = Delivery.objects.filter(message=message).latest("pk")
    link = opened(mail)["link"]
    return link["$link"] if link else None


CHANGES = ["change_password", "change_email", "totp_add", "recovery_codes"]


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_asks_for_a_fresh_second_factor(hanako: Actor, name: str) -> None:
    visitor = Visitor().signs_in(hanako).wait(minutes=6)
    page = reverse(f"accounts:{name}")
    assert visitor.get(page).url.startswith(reverse("accounts:verify"))
    assert visitor.post(page).url.startswith(reverse("accounts:verify"))
    answer = visitor.post("accounts:verify", code=hanako.code(visitor.at), next=page)
    assert answer.url == page
    assert visitor.get(page).headers.get("Location", page).startswith(page)
    assert Event.objects.filter(action="step_up.succeeded").exists()


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(hanako: Actor) -> None:
    elsewhere = Visitor(place=people.OSAKA, at=clock.now() - timedelta(minutes=5)).signs_in(hanako)
    visitor = Visitor().signs_in(hanako)
    there = elsewhere.row
    answer = visitor.post("accounts:change_password", current_password=hanako.password, new_password=NEW)
    assert answer.status_code == 302
    there.refresh_from_db()
    assert there.end_reason == "password_changed"
    assert visitor.is_in()
    assert not elsewhere.is_in()
    change = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    assert (change.kind, change.session, change.browser) == ("password", visitor.row.pk, visitor.row.browser)
    assert change.address == people.HOME.address
    assert link_of("credential_changed") is not None
    assert Visitor(at=visitor.at).gives_password(hanako, NEW).status_code == 302


def test_the_current_password_is_asked_for(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    answer = visitor.post("accounts:change_password", current_password="wrong", new_password=NEW)
    assert answer.status_code == 422
    assert User.objects.get(pk=hanako.user.pk).check_password(hanako.password)


@pytest.mark.parametrize("reason", [FreezeReason.HOLD, FreezeReason.CALL])
def test_while_frozen_nothing_changes_and_the_refusal_stands_in_the_trail(
    hanako: Actor, reason: FreezeReason
) -> None:
    visitor = Visitor().signs_in(hanako)
    frozen(hanako, reason)
    device = authenticators.bound_authenticators(hanako.user.pk)[0]
    key = totp.new_key()
    with clock.pretend(visitor.at):
        for attempt in (
            lambda: totp.bind(user=hanako.user, key=key, code=people.code_of(key, visitor.at), name="x"),
            lambda: recovery_codes.create(user=hanako.user),
            lambda: totp.remove(user=hanako.user, authenticator_id=device.id),
            lambda: credentials.request_email_change(
                user=hanako.user, address="n@example.jp", session=visitor.row.pk
            ),
        ):
            with pytest.raises(Denied):
                attempt()
    answer = visitor.post("accounts:change_password", current_password=hanako.password, new_password=NEW)
    assert answer.status_code == 422
    assert User.objects.get(pk=hanako.user.pk).check_password(hanako.password)
    assert not CredentialChange.objects.filter(
        user=hanako.user, at__gt=clock.now() - timedelta(days=1)
    ).exists()


def test_a_new_address_is_confirmed_there_and_told_to_the_old_one(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.post("accounts:change_email", email="hanako@new.example")
    assert mails("hanako@new.example") == ["email_change_confirm"]
    token = people.token_mailed_to("hanako@new.example")
    other = Visitor(place=people.ON_THE_WAY)
    page = other.opens_link("accounts:email_link", token)
    assert other.get(page).status_code == 200
    assert User.objects.get(pk=hanako.user.pk).email == "hanako@example.jp"
    assert other.post(page).status_code == 200
    assert User.objects.get(pk=hanako.user.pk).email == "hanako@new.example"
    change = CredentialChange.objects.filter(kind="email").get()
    assert change.session == visitor.row.pk
    links = {
        row.address: opened(row)["link"]
        for row in Delivery.objects.filter(message="credential_changed").order_by("-pk")[:2]
    }
    assert links["hanako@example.jp"]
    assert links["hanako@new.example"] is None
    assert [row.value for row in Identifier.objects.filter(user=hanako.user).order_by("pk")] == [
        "hanako@example.jp",
        "hanako@new.example",
    ]


def test_the_confirming_link_works_once_and_for_a_day(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.post("accounts:change_email", email="hanako@new.example")
    token = people.token_mailed_to("hanako@new.example")
    with clock.pretend(clock.now() + timedelta(hours=25)), pytest.raises(Stale):
        credentials.confirm_email_change(token=token)
    credentials.confirm_email_change(token=token)
    with pytest.raises(Stale):
        credentials.confirm_email_change(token=token)


def test_an_address_of_somebody_else_gets_the_same_page(hanako: Actor, kenji: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    pages = [
        visitor.steps_up(hanako).post("accounts:change_email", email=email)
        for email in (kenji.email, "free@example.jp")
    ]
    assert pages[0].url == pages[1].url
    assert mails(kenji.email)[-1] == "email_change_taken"
    assert PendingEmail.objects.filter(address=kenji.email).count() == 0


def test_ending_a_strangers_session_cancels_the_address_that_it_asked_for(hanako: Actor) -> None:
    thief = Visitor(place=people.ABROAD).signs_in(hanako)
    thief.post("accounts:change_email", email="thief@example.com")
    token = people.token_mailed_to("thief@example.com")
    owner = Visitor(at=thief.at).signs_in(hanako)
    owner.post("accounts:end_session", thief.row.pk)
    assert not thief.is_in()
    with pytest.raises(Stale):
        credentials.confirm_email_change(token=token)


def test_an_address_waiting_to_be_confirmed_can_be_cancelled(hanako: Actor, told) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.post("accounts:change_email", email="hanako@new.example")
    visitor.post("accounts:cancel_email_change")
    assert told("credential.email") == [
        "credential.email.change_requested",
        "credential.email.change_cancelled",
    ]
    with pytest.raises(Stale):
        credentials.confirm_email_change(token=people.token_mailed_to("hanako@new.example"))


def test_a_forgotten_password_is_chosen_by_link_and_signs_nobody_in(hanako: Actor, told) -> None:
    Visitor().post("accounts:forgot", email="hanako@example.jp")
    password_links.answer_waiting()
    visitor = Visitor(place=people.ON_THE_WAY)
    page = visitor.opens_link("accounts:password_link", people.token_mailed_to("hanako@example.jp"))
    assert visitor.get(page).status_code == 200
    assert visitor.post(page, new_password=NEW).url == reverse("accounts:sign_in")
    assert not visitor.is_in()
    assert visitor.gives_password(hanako, NEW).url.startswith(reverse("accounts:verify"))
    assert {"password.link_sent", "password.link_used", "credential.password.changed"} <= set(told())


def test_a_password_link_works_once_and_dies_with_any_other_change(hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    first = people.token_mailed_to(hanako.email)
    credentials.choose_password_by_link(token=first, password=NEW)
    people.forgets_password(hanako.email)
    second = people.token_mailed_to(hanako.email)
    people.forgets_password(hanako.email)
    third = people.token_mailed_to(hanako.email)
    credentials.choose_password_by_link(token=third, password="another-thing-entirely-5")
    for token in (first, second, third, "nonsense"):
        with pytest.raises(Stale):
            credentials.choose_password_by_link(token=token, password="yet-another-thing-6-now")
    assert User.objects.get(pk=hanako.user.pk).check_password("another-thing-entirely-5")


def test_forgot_password_answers_alike_and_is_silent_while_frozen(hanako: Actor, told) -> None:
    frozen(hanako, FreezeReason.CALL)
    pages = [
        Visitor().post("accounts:forgot", email=email).url for email in (hanako.email, "nobody@example.jp")
    ]
    assert pages[0] == pages[1]
    assert password_links.answer_waiting() == 2
    assert not PasswordLink.objects.exists()
    assert told()[-1] == "credential.change.refused"


def test_a_link_mailed_before_a_freeze_does_not_work_in_it(hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    token = people.token_mailed_to(hanako.email)
    frozen(hanako, FreezeReason.CALL)
    with pytest.raises(Denied):
        credentials.choose_password_by_link(token=token, password=NEW)


def test_a_code_app_is_replaced_and_the_old_key_is_sealed(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    old = Authenticator.objects.get(user=hanako.user, kind="totp")
    page, key = visitor.opens_enrolling("accounts:totp_replace", old.pk)
    answer = visitor.post(page, code=people.code_of(key, visitor.at), name="New phone")
    assert answer.url == reverse("accounts:methods")
    old.refresh_from_db()
    assert old.device is None
    assert old.removed_at is not None
    assert old.sealed is not None
    assert encryption.unseal(old.sealed)["key"]
    assert hanako.key.encode() not in bytes(old.sealed)
    again = Visitor(at=visitor.wait(seconds=60).at)
    again.gives_password(hanako)
    assert again.gives_code(hanako).status_code == 422
    assert again.post("accounts:verify", code=people.code_of(key, again.at)).status_code == 302


def test_a_code_that_bound_an_app_does_not_also_sign_in(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    page, key = visitor.opens_enrolling("accounts:totp_add")
    code = people.code_of(key, visitor.at)
    assert visitor.post(page, code=code, name="Tablet").status_code == 302
    other = Visitor(at=visitor.at)
    other.gives_password(hanako)
    assert other.post("accounts:verify", code=code).status_code == 422


def test_the_last_code_app_stays(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    only = Authenticator.objects.get(user=hanako.user, kind="totp")
    assert visitor.post("accounts:totp_remove", only.pk).status_code == 422
    assert Authenticator.objects.get(pk=only.pk).removed_at is None


def test_nobody_touches_the_code_app_or_session_of_another(hanako: Actor, kenji: Actor) -> None:
    theirs = Authenticator.objects.get(user=kenji.user, kind="totp")
    people.come_in(kenji.user, people.OSAKA, clock.now())
    session = Session.objects.filter(user=kenji.user, ended_at=None).latest("started_at")
    visitor = Visitor().signs_in(hanako)
    for name in ("totp_remove", "totp_replace"):
        assert visitor.get(f"accounts:{name}", theirs.pk).status_code == 404
        assert visitor.post(f"accounts:{name}", theirs.pk, code="123456").status_code == 404
    assert visitor.post("accounts:end_session", session.pk).status_code == 404
    change = CredentialChange.objects.filter(user=kenji.user).earliest("pk")
    assert visitor.post("accounts:object", change.pk).status_code == 404
    assert Session.objects.get(pk=session.pk).ended_at is None


def test_new_recovery_codes_end_the_old_ones_and_are_shown_once(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    answer = visitor.post("accounts:recovery_codes")
    fresh = answer.context["codes"]
    assert set(fresh).isdisjoint(hanako.recovery_codes)
    assert answer.headers["Cache-Control"] == "no-store"
    assert fresh[0] not in str(dict(visitor.client.session.items()))
    other = Visitor(at=visitor.at)
    other.gives_password(hanako)
    assert other.post("accounts:verify_recovery_code", code=hanako.recovery_codes[0]).status_code == 422
    assert other.post("accounts:verify_recovery_code", code=fresh[0]).status_code == 302


def test_what_undo_needs_is_shredded_after_thirty_days(hanako: Actor, told) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    removed = Authenticator.objects.get(user=hanako.user, kind="totp", removed_at__isnull=False)
    retention.shred()
    assert Authenticator.objects.get(pk=removed.pk).sealed is not None
    with clock.pretend(clock.now() + timedelta(days=31)):
        retention.shred()
        assert Authenticator.objects.get(pk=removed.pk).sealed is None
        assert not totp.among([removed.pk], hanako.code(), DESK)
    assert "account.snapshots_shredded" in told()


def test_a_member_of_staff_gets_a_link_to_choose_a_password(db: None, told) -> None:
    user = profile.create_staff(
        email="sato@desk.example", name="Sato", role=Role.AGENT, language="ja", languages=("ja", "en")
    )
    assert not user.has_usable_password()
    credentials.choose_password_by_link(token=people.token_mailed_to("sato@desk.example"), password=NEW)
    visitor = Visitor()
    visitor.gives_password(Actor(user, user.email, NEW, "", []))
    assert visitor.get("accounts:check_up").url.startswith(reverse("accounts:enrol"))
    assert user.has_perm("desk.work")
    assert not user.has_perm("audit.review")
    assert "staff.created" in told()
