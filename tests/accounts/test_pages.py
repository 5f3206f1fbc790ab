"""The pages of an account: each opens, says what is so, and helps password managers."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.disputes import objections
from accounts.models import Authenticator, CredentialChange, RecoveryCode, User
from accounts.pages.history import History, sentences
from audit import registry
from audit.signals import account_sought
from common import clock
from notifications.models import Delivery
from tests.support import passkeys, people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "name",
    [
        "check_up",
        "activity",
        "methods",
        "sessions",
        "history",
        "profile",
        "change_password",
        "change_email",
        "totp_add",
        "recovery_codes",
    ],
)
def test_each_page_opens_without_scripts_or_styles_in_it(hanako: Actor, name: str, language: str) -> None:
    User.objects.filter(pk=hanako.user.pk).update(language=language)
    visitor = Visitor().signs_in(hanako)
    page = visitor.opens_enrolling(f"accounts:{name}")[0] if name == "totp_add" else f"accounts:{name}"
    answer = visitor.get(page)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in html
    assert not re.search(r"<script(?![^>]*src)|<style|\sstyle=|\son[a-z]+=", html)


@pytest.mark.parametrize(
    "name", ["sign_in", "sign_up", "sign_up_sent", "forgot", "forgot_sent", "signed_out"]
)
def test_each_public_page_opens(db: None, name: str) -> None:
    assert Visitor().get(f"accounts:{name}").status_code == 200


def test_password_managers_find_their_fields(hanako: Actor) -> None:
    def hints(html: str) -> list[str]:
        return re.findall(r'autocomplete="([^"]+)"', html)

    visitor = Visitor()
    assert hints(visitor.get("accounts:sign_in").content.decode()) == [
        "username webauthn",
        "current-password",
    ]
    visitor.gives_password(hanako)
    assert hints(visitor.get("accounts:verify").content.decode()) == ["one-time-code"]
    visitor.gives_code(hanako)
    html = visitor.get("accounts:change_password").content.decode()
    assert hints(html) == ["username", "current-password", "new-password"]
    assert Visitor().fetch("/.well-known/change-password").url == reverse("accounts:change_password")


def test_the_enrolling_page_shows_picture_and_key_under_the_portals_name(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    page, key = visitor.opens_enrolling("accounts:totp_add")
    answer = visitor.get(page)
    assert answer.context["key"].replace(" ", "") == key
    assert answer.context["link"].startswith(
        "otpauth://totp/Orikaeshi%3A%20hanako%40example.jp?secret=" + key
    )
    assert "issuer=Orikaeshi" in answer.context["link"]
    (picture,) = re.findall(r'<img class="qr" src="([^"]+)"', answer.content.decode())
    assert b"<svg" in visitor.get(picture).content
    assert visitor.get("accounts:qr").status_code == 404


def test_the_check_up_names_at_most_three_things_in_order_of_use(hanako: Actor) -> None:
    RecoveryCode.objects.filter(authenticator__user=hanako.user).delete()
    people.come_in(hanako.user, people.OSAKA, Visitor().at)
    visitor = Visitor().signs_in(hanako)
    todo = [item.title for item in visitor.get("accounts:check_up").context["todo"]]
    assert todo == [
        "Create new recovery codes",
        "Create a passkey",
        "You’re signed in on other browsers too",
    ]


def test_the_check_up_asks_for_no_second_app_beside_a_passkey(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    passkeys.adds(visitor)
    found = visitor.get("accounts:check_up").context
    assert [item.title for item in found["todo"]] == [
        "You’re signed in on other browsers too",
        "Add a second notification address",
        "Choose a recovery contact",
    ]
    assert "You have a passkey" in [item.title for item in found["good"]]


def test_the_check_up_asks_for_something_beside_the_only_passkey(hanako: Actor) -> None:
    passkey = passkeys.only_a_passkey(hanako)
    visitor = Visitor(at=clock.now() + timedelta(minutes=3))
    passkeys.enters(visitor, passkey)
    todo = [item.title for item in visitor.get("accounts:check_up").context["todo"]]
    assert "Set up an authenticator app too" in todo


def test_the_history_tells_sentences_with_place_and_browser(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    html = visitor.get("accounts:history").content.decode()
    assert "You signed in with" in html
    assert "Hanako Mori signed" not in html
    assert "Japan" in html
    assert people.HOME.address in html


def test_the_history_tells_what_was_anothers_with_where_it_came_from(hanako: Actor) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    told = History(hanako.user.pk)
    assert "You changed your password" in [row.sentence for row in told.present(told.entries)]
    change = CredentialChange.objects.get(user=hanako.user, kind="password")
    objections.object_to(change_id=change.pk)
    told = History(hanako.user.pk)
    rows = {row.sentence: row for row in told.present(told.entries)}
    (theirs,) = (row for words, row in rows.items() if words.startswith("Your password was changed from a"))
    assert theirs.sentence.startswith("Your password was changed from a session in Netherlands (")
    assert theirs.theirs
    assert not [one for one in rows if one.startswith("You ") and rows[one].theirs]


def test_every_event_of_an_account_has_a_sentence_for_its_owner() -> None:
    own: tuple[str, ...] = ("account.created", "account.address", "sign_", "session.", "credential.")
    own += ("password.", "enrolment.", "freeze.", "objection.", "contact.")
    assert {name for name in registry.TYPES if name.startswith(own)} == set(sentences())
    for name, said in sentences().items():
        values = dict.fromkeys([*registry.TYPES[name].keys, "session"], "x")
        assert all(str(words) % values for words in (said.plain, said.yours, said.theirs) if words)


def test_a_long_history_and_many_sessions_come_in_pages(hanako: Actor) -> None:
    for hours in range(24):
        people.come_in(hanako.user, people.OSAKA, clock.now() - timedelta(hours=hours + 1))
    visitor = Visitor().signs_in(hanako)
    for name in ("accounts:history", "accounts:sessions"):
        first, second = visitor.get(name), visitor.get(name, page=2)
        assert 'rel="next"' in first.content.decode()
        assert 'rel="prev"' in second.content.decode()
        assert len(first.context["part"].object_list) == 20
        assert first.context["part"].object_list[0] not in second.context["part"].object_list
    assert visitor.get("accounts:sessions").context["sessions"][0].id == visitor.row.pk


@pytest.mark.parametrize(("language", "words"), [("en", "Paris, France (UTC"), ("ja", "パリ")])
def test_time_zones_have_the_names_that_people_call_them_by(hanako: Actor, language: str, words: str) -> None:
    User.objects.filter(pk=hanako.user.pk).update(language=language, zone="Asia/Calcutta")
    html = Visitor().signs_in(hanako).get("accounts:profile").content.decode()
    assert re.search(rf'<option value="Europe/Paris">{re.escape(words)}', html)
    assert re.search(r'<option value="Asia/Calcutta" selected>', html)
    assert "Asia/Kolkata" not in html, "the same city under another name"
    assert "UTC+5:30" in html


def test_ending_a_session_works_at_once(hanako: Actor) -> None:
    there = Visitor(place=people.OSAKA).signs_in(hanako)
    here = Visitor(at=there.at).signs_in(hanako)
    assert there.row.pk in [one.id for one in here.get("accounts:sessions").context["sessions"]]
    here.post("accounts:end_session", there.row.pk)
    assert not there.is_in()
    assert here.is_in()


def test_all_other_sessions_end_together(hanako: Actor) -> None:
    there = Visitor(place=people.OSAKA).signs_in(hanako)
    here = Visitor(at=there.at).signs_in(hanako)
    here.post("accounts:end_other_sessions")
    assert here.is_in()
    assert not there.is_in()


def test_the_profile_keeps_name_language_and_zone(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.post("accounts:profile", name="Hanako", language="ja", zone="Europe/Paris")
    user = User.objects.get(pk=hanako.user.pk)
    assert (user.name, user.language, user.zone) == ("Hanako", "ja", "Europe/Paris")
    assert visitor.post("accounts:profile", name="H", language="ja", zone="Mars/Base").status_code == 422


def test_the_language_of_the_foot_is_kept_with_the_person(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    visitor.post("set_language", language="ja", next="/account/")
    assert User.objects.get(pk=hanako.user.pk).language == "ja"
    visitor.post("set_language", language="xx", next="/account/")
    assert User.objects.get(pk=hanako.user.pk).language == "ja"


def test_create_staff_mails_a_link(db: None) -> None:
    call_command(
        "create_staff", "ito@desk.example", "--name", "Ito", "--role", "supervisor", "--language", "ja"
    )
    user = User.objects.get(email="ito@desk.example")
    assert user.has_perms(["desk.work", "desk.supervise"])
    assert (user.language, user.languages) == ("ja", ["ja"])
    assert Delivery.objects.get(address="ito@desk.example").message == "password_link"
    with pytest.raises(CommandError):
        call_command("create_staff", "ito@desk.example", "--name", "Ito", "--role", "agent")


def test_the_trail_finds_an_account_by_any_address_that_it_had(hanako: Actor) -> None:
    people.take_over(hanako.user, Visitor().at)
    for text in ("hanako@example.jp", people.THIEF_EMAIL.upper()):
        found = [
            int(number)
            for _receiver, numbers in account_sought.send(sender=None, text=text)
            for number in numbers or []
        ]
        assert found == [hanako.user.pk]


def test_a_device_that_django_otp_does_not_know_any_more_opens_nothing(hanako: Actor) -> None:
    Authenticator.objects.filter(user=hanako.user, kind="totp").update(device=987654)
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert visitor.gives_code(hanako).status_code == 422


def test_the_history_tells_a_sign_in_once_and_a_lone_password_too(hanako: Actor) -> None:
    Visitor(people.ABROAD).gives_password(hanako)
    visitor = Visitor().signs_in(hanako)
    html = visitor.get("accounts:history").content.decode()
    assert html.count("Your password was accepted; two-step verification was still pending") == 1
    assert "Netherlands" in html
