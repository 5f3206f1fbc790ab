"""Passkeys: made, named, shown, taken out and brought back, and what a stranger can do with them."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django_otp_webauthn.models import WebAuthnCredential

from accounts.authenticators.passkeys import services
from accounts.authenticators.throttling import DESK
from accounts.limits import UNDO_PERIOD
from accounts.models import Authenticator, AuthenticatorFailures, CredentialChange, Session, User
from accounts.retention import services as retention
from accounts.sign_up import services as sign_up
from audit.models import Event
from common import clock, ratelimit
from common.network import networks_of
from common.ratelimit import Bound
from recovery.models import Case
from tests.support import passkeys, people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor
from tests.support.software_passkey import Passkey


def later() -> Visitor:
    """Somebody who comes when what the others have just set up is there."""
    return Visitor(at=clock.now() + timedelta(minutes=3))


NOT_THIS_WAY = "You couldn’t be signed in this way."


def test_she_adds_one_and_comes_in_without_a_password(hanako: Actor, told: Callable[..., list[str]]) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako), name="My laptop")
    assert "credential_changed" in mails(hanako.email)
    visitor = Visitor()
    answer = passkeys.enters(visitor, passkey, next="/account/methods/")
    assert answer.status_code == 302
    assert answer.url == "/account/methods/"
    assert visitor.is_in()
    assert visitor.row.factor == "passkey"
    assert told("sign_in.")[-1] == "sign_in.succeeded"
    assert told("sign_in.password") == ["sign_in.password_accepted"], "that of her first visit"
    html = visitor.get("accounts:methods").content.decode()
    assert "My laptop" in html
    assert "Japan" in html
    row = passkeys.row_of(hanako)
    assert (row.used_country, row.used_browser) == ("JP", visitor.row.browser)


def test_it_is_the_second_step_after_the_password(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    visitor = Visitor()
    assert visitor.gives_password(hanako).url.startswith(reverse("accounts:verify"))
    html = visitor.get("accounts:verify").content.decode()
    assert "Use a passkey" in html, "the best first"
    assert "Use the authenticator app instead" in html
    assert "Use a recovery code instead" in html
    assert passkeys.verifies(visitor, passkey).status_code == 302
    assert visitor.is_in()


def test_the_pages_offer_nothing_that_an_account_does_not_have(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    html = visitor.get("accounts:verify").content.decode()
    assert "passkey" not in html
    assert visitor.get("accounts:verify_passkey").url.startswith(reverse("accounts:verify"))
    assert visitor.post("accounts:verify_passkey", code="{}").status_code == 422
    assert passkeys.verifies(visitor, Passkey(handle=bytes(64))).status_code == 422
    assert not visitor.is_in()


def test_it_confirms_a_change(hanako: Actor) -> None:
    passkey = passkeys.only_a_passkey(hanako)
    visitor = later()
    passkeys.enters(visitor, passkey)
    visitor.wait(minutes=10)
    assert visitor.get("accounts:change_email").url.startswith(reverse("accounts:verify"))
    assert passkeys.verifies(visitor, passkey).status_code == 302
    assert visitor.get("accounts:change_email").status_code == 200


@pytest.mark.parametrize("how", ["alone", "second step", "step-up"])
def test_a_device_that_has_not_verified_its_person_is_refused(hanako: Actor, how: str) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    visitor = Visitor()
    if how == "second step":
        visitor.gives_password(hanako)
    elif how == "step-up":
        passkeys.enters(visitor, passkey)
        visitor.wait(minutes=10)
    passkey.verifies = False
    assert passkeys.challenge(visitor)["userVerification"] == "required"
    show = passkeys.enters if how == "alone" else passkeys.verifies
    assert show(visitor, passkey).status_code == 422
    if how == "step-up":
        assert visitor.get("accounts:change_email").status_code == 302
    else:
        assert not visitor.is_in()


def test_none_is_made_on_a_device_that_verifies_nobody(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    options = passkeys.creation(visitor)
    assert options["authenticatorSelection"] == {
        "requireResidentKey": True,
        "residentKey": "required",
        "userVerification": "required",
    }
    answer = visitor.post("accounts:passkey_add", code=Passkey(verifies=False).create(options))
    assert answer.status_code == 422
    assert not Authenticator.objects.filter(kind="passkey").exists()


@pytest.mark.parametrize(
    "lie",
    [{"origin": "http://localhost:9000"}, {"origin": "https://orikaeshi.example"}, {"rp": "example.com"}],
)
def test_a_copy_of_the_site_gets_nothing(hanako: Actor, lie: dict[str, Any]) -> None:
    visitor = Visitor().signs_in(hanako)
    made = visitor.post("accounts:passkey_add", code=Passkey(**lie).create(passkeys.creation(visitor)))
    assert made.status_code == 422
    passkey = passkeys.adds(visitor)
    for name, value in lie.items():
        setattr(passkey, name, value)
    other = Visitor()
    assert passkeys.enters(other, passkey).status_code == 422
    assert not other.is_in()


def test_one_ceremony_is_good_once(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako), Passkey(counts=False))
    visitor = Visitor()
    code = passkeys.shown(visitor, passkey)
    assert visitor.post("accounts:verify_passkey_alone", code=code).status_code == 302
    visitor.post("accounts:sign_out")
    assert visitor.post("accounts:verify_passkey_alone", code=code).status_code == 422
    assert not visitor.is_in()


def test_what_two_requests_have_read_at_once_counts_once(hanako: Actor) -> None:
    """Both found the challenge in the session before either had taken it out."""
    passkey = passkeys.adds(Visitor().signs_in(hanako), Passkey(counts=False))
    with clock.pretend(later().at):
        code = passkeys.sealed_now(passkey)
    row = passkeys.row_of(hanako)
    assert services.among([row.pk], code, DESK) == row
    assert services.among([row.pk], code, DESK) is None


def test_a_challenge_belongs_to_one_browser_and_grows_old(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    one, other = Visitor(), Visitor()
    code = passkeys.shown(one, passkey)
    answer = other.post("accounts:verify_passkey_alone", code=code)
    assert answer.status_code == 422
    assert "That took too long" in answer.content.decode()
    code = passkeys.shown(one, passkey)
    one.wait(minutes=11)
    assert one.post("accounts:verify_passkey_alone", code=code).status_code == 422
    assert not one.is_in()


def test_five_tabs_may_ask_and_a_sixth_puts_the_oldest_out_of_use(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    visitor = Visitor()
    asked = [passkeys.challenge(visitor) for _tab in range(6)]
    late = visitor.post("accounts:verify_passkey_alone", code=passkey.show(asked[0]))
    assert "That took too long" in late.content.decode()
    assert visitor.post("accounts:verify_passkey_alone", code=passkey.show(asked[1])).status_code == 302


def test_a_browser_cannot_make_up_what_the_session_holds(hanako: Actor) -> None:
    """What a page sends is a credential and nothing else: a challenge that comes with it is no challenge."""
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    made_up = {"challenge": "AAAA", "made_at": 9_000_000_000_000_000}
    held = {**made_up, "credential": json.loads(passkey.show({"challenge": "AAAA"}))}
    row = passkeys.row_of(hanako)
    assert services.owner(json.dumps(held)) is None
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert visitor.post("accounts:verify_passkey", code=json.dumps(held)).status_code == 422
    assert passkeys.row_of(hanako).used_at == row.used_at


def test_a_copy_is_refused_and_written_down(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako), name="Old key")
    copy = deepcopy(passkey)
    assert passkeys.enters(Visitor(), passkey).status_code == 302
    thief = Visitor(people.ABROAD)
    answer = passkeys.enters(thief, copy)
    assert answer.status_code == 422
    assert NOT_THIS_WAY in answer.content.decode()
    assert not thief.is_in()
    event = Event.objects.get(action="credential.passkey.copied")
    assert (event.account, event.outcome) == (hanako.user.pk, "denied")
    html = later().signs_in(hanako).get("accounts:history").content.decode()
    assert "because a copy of it may exist" in html


def test_a_passkey_of_a_cloud_counts_nothing_and_works(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako), Passkey(counts=False))
    for _time in range(3):
        assert passkeys.enters(Visitor(), passkey).status_code == 302


def _nobodys(_hanako: Actor, _passkey: Passkey) -> None:
    """It was never bound."""


def _disabled(hanako: Actor, _passkey: Passkey) -> None:
    User.objects.filter(pk=hanako.user.pk).update(is_active=False)


def _removed(hanako: Actor, passkey: Passkey) -> None:
    visitor = later()
    assert passkeys.enters(visitor, passkey).status_code == 302
    assert visitor.post("accounts:passkey_remove", passkeys.row_of(hanako).pk).status_code == 302


def _other_key(_hanako: Actor, passkey: Passkey) -> None:
    passkey.key = Passkey().key


def _other_person(_hanako: Actor, passkey: Passkey) -> None:
    passkey.handle = bytes(64)


def _tried_too_often(_hanako: Actor, passkey: Passkey) -> None:
    wrong = deepcopy(passkey)
    wrong.key = Passkey().key
    for _try in range(6):
        passkeys.enters(Visitor(), wrong)


@pytest.mark.parametrize(
    "wrong", [_nobodys, _disabled, _removed, _other_key, _other_person, _tried_too_often]
)
def test_whatever_is_wrong_a_stranger_reads_the_same_sentence(
    hanako: Actor, wrong: Callable[[Actor, Passkey], None]
) -> None:
    passkey = Passkey(handle=bytes(64))
    if wrong is not _nobodys:
        passkeys.adds(Visitor().signs_in(hanako), passkey)
    wrong(hanako, passkey)
    visitor = Visitor()
    answer = passkeys.enters(visitor, passkey)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Retry-After" not in answer.headers
    assert NOT_THIS_WAY in html
    assert "hanako" not in html.lower()
    assert not visitor.is_in()


def test_a_page_that_asks_for_a_passkey_names_none(hanako: Actor) -> None:
    passkeys.adds(Visitor().signs_in(hanako))
    stranger, knows_password = Visitor(), Visitor()
    knows_password.gives_password(hanako)
    asked = [passkeys.challenge(one) for one in (stranger, knows_password)]
    for options in asked:
        assert options.pop("challenge")
        assert not options.get("allowCredentials")
    assert asked[0] == asked[1]


def test_the_password_alone_adds_nothing_to_an_account_with_a_passkey_only(hanako: Actor) -> None:
    passkeys.only_a_passkey(hanako)
    thief = Visitor(people.ABROAD)
    assert thief.gives_password(hanako).url.startswith(reverse("accounts:verify"))
    pages = ["enrol", "enrol_totp", "enrol_passkey", "totp_add", "passkey_add", "recovery_codes", "methods"]
    for name in pages:
        assert thief.get(f"accounts:{name}").url.startswith(reverse("accounts:verify")), name
        assert thief.post(f"accounts:{name}").status_code in (302, 405), name
    assert "app" not in thief.get("accounts:verify").content.decode().split("<main")[1].split("</main")[0]
    assert Authenticator.objects.filter(user=hanako.user, removed_at=None).count() == 2, "codes and passkey"


def test_taking_out_the_app_keeps_the_passkeys(hanako: Actor) -> None:
    passkey = passkeys.only_a_passkey(hanako)
    assert WebAuthnCredential.objects.filter(user=hanako.user).count() == 1
    assert passkeys.enters(later(), passkey).status_code == 302


def test_the_last_authenticator_stays_whatever_its_kind(hanako: Actor) -> None:
    passkey = passkeys.only_a_passkey(hanako)
    visitor = later()
    passkeys.enters(visitor, passkey)
    page = visitor.get("accounts:methods").content.decode()
    row = passkeys.row_of(hanako)
    assert reverse("accounts:passkey_remove", args=[row.pk]) not in page
    answer = visitor.post("accounts:passkey_remove", row.pk)
    assert answer.status_code == 422
    assert "your only way" in answer.content.decode()
    second = passkeys.adds(visitor, name="Second")
    assert visitor.post("accounts:passkey_remove", row.pk).status_code == 302
    assert passkeys.enters(later(), passkey).status_code == 422
    assert passkeys.enters(later(), second).status_code == 302


def test_one_that_is_called_default_is_harmless(hanako: Actor) -> None:
    """Elsewhere a device of that name is the only one that is asked for."""
    passkey = passkeys.adds(Visitor().signs_in(hanako), name="default")
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert visitor.get("accounts:methods").url.startswith(reverse("accounts:verify"))
    assert passkeys.verifies(visitor, passkey).status_code == 302
    page = visitor.get("accounts:methods").content.decode()
    assert "default" in page


def test_it_is_called_by_where_it_was_made_until_somebody_renames_it(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    passkeys.adds(visitor)
    row = passkeys.row_of(hanako)
    assert row.name == visitor.row.browser
    visitor.wait(minutes=10)
    assert visitor.post("accounts:rename", row.pk, name="").status_code == 422
    assert visitor.post("accounts:rename", row.pk, name="Work laptop").status_code == 302
    assert "Work laptop" in visitor.get("accounts:methods").content.decode()
    event = Event.objects.get(action="credential.renamed")
    assert event.details["from_name"] == row.name
    assert CredentialChange.objects.filter(user=hanako.user, kind="passkey_added").count() == 1
    history = visitor.get("accounts:history").content.decode()
    assert "You renamed" in history


def test_an_app_is_renamed_and_codes_have_no_name(hanako: Actor, kenji: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    app = Authenticator.objects.get(user=hanako.user, kind="totp")
    codes = Authenticator.objects.get(user=hanako.user, kind="recovery_codes")
    his = Authenticator.objects.get(user=kenji.user, kind="totp")
    assert visitor.post("accounts:rename", app.pk, name="Spare phone").status_code == 302
    for other in (codes, his):
        assert visitor.post("accounts:rename", other.pk, name="Mine").status_code == 404
    app.refresh_from_db()
    assert app.name == "Spare phone"


def test_the_same_id_is_bound_once_for_ever(hanako: Actor, kenji: Actor) -> None:
    """A thief who has read the id of a passkey could bind it elsewhere, so that it never comes back."""
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    _removed(hanako, passkey)
    his = Visitor(people.OSAKA).signs_in(kenji)
    squatter = Passkey(id=passkey.id)
    answer = his.post("accounts:passkey_add", code=squatter.create(passkeys.creation(his)))
    assert answer.status_code == 422
    assert Authenticator.objects.filter(kind="passkey").count() == 1


def test_undoing_the_removal_brings_it_back(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    _removed(hanako, passkey)
    row = passkeys.row_of(hanako)
    assert row.sealed is not None
    assert not WebAuthnCredential.objects.exists()
    with transaction.atomic():
        assert services.bring_back(hanako.user, row)
    assert passkeys.enters(later().wait(minutes=1), passkey).status_code == 302


def test_what_is_removed_is_shredded_after_thirty_days(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    _removed(hanako, passkey)
    with clock.pretend(clock.now() + UNDO_PERIOD + timedelta(days=1)):
        retention.shred()
    row = passkeys.row_of(hanako)
    assert row.sealed is None
    assert not services.bring_back(hanako.user, row)


def test_a_strangers_never_comes_back(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    with transaction.atomic(), clock.pretend(later().at):
        services.reject(hanako.user, passkeys.row_of(hanako))
    row = passkeys.row_of(hanako)
    assert (row.rejected, row.sealed) == (True, None)
    assert passkeys.enters(Visitor(), passkey).status_code == 422


@pytest.mark.parametrize(
    "impossible",
    [
        {"credential": None},
        {"device": 1},
        {"sealed": b"x"},
        {"kind": "totp"},
        {"kind": "recovery_codes"},
    ],
)
def test_the_database_keeps_a_key_in_one_place(hanako: Actor, impossible: dict[str, object]) -> None:
    passkeys.adds(Visitor().signs_in(hanako))
    with pytest.raises(IntegrityError), transaction.atomic():
        Authenticator.objects.filter(pk=passkeys.row_of(hanako).pk).update(**impossible)


def test_failures_count_where_they_come_from_and_do_not_keep_the_owner_out(hanako: Actor) -> None:
    home = Visitor().signs_in(hanako)
    passkey = passkeys.adds(home)
    thief = Visitor(people.ABROAD)
    thief.gives_password(hanako)
    wrong = deepcopy(passkey)
    wrong.key = Passkey().key
    answers = [passkeys.verifies(thief, wrong).status_code for _try in range(7)]
    assert answers == [422] * 5 + [429] * 2
    thief.get("accounts:verify")
    assert passkeys.verifies(thief, passkey).status_code == 429, "a new page sets nothing back"
    home.post("accounts:sign_out")
    home.gives_password(hanako)
    assert passkeys.verifies(home, passkey).status_code == 302


def test_who_knows_the_password_has_a_hundred_ceremonies_in_all(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    thief = Visitor(people.ABROAD)
    thief.gives_password(hanako)
    wrong = deepcopy(passkey)
    wrong.key = Passkey().key
    passkeys.verifies(thief, wrong)
    AuthenticatorFailures.objects.filter(authenticator=passkeys.row_of(hanako)).update(count=100)
    other = Visitor(people.OSAKA)
    other.gives_password(hanako)
    answer = passkeys.verifies(other, passkey)
    assert answer.status_code == 429
    assert "since the password was last changed" in answer.content.decode()


def test_challenges_are_counted_for_each_network(db: None) -> None:
    visitor = Visitor(people.ABROAD)
    assert visitor.post("accounts:passkey_challenge").status_code == 200
    with clock.pretend(visitor.at):
        for network in networks_of(people.ABROAD.address):
            for _time in range(450):
                ratelimit.count(Bound("challenge_network", network, limit=300, seconds=600, shared=True))
    answer = visitor.post("accounts:passkey_challenge")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.json()["problem"]
    assert int(answer.headers["Retry-After"]) > 0
    assert Visitor(people.OSAKA).post("accounts:passkey_challenge").status_code == 200


def test_an_account_begins_with_a_passkey_and_gets_recovery_codes(db: None) -> None:
    user = sign_up.create(email="mei@example.com", name="Mei", password=people.PASSWORD, language="en")
    mei = Actor(user, user.email, people.PASSWORD, "", [])
    visitor = Visitor()
    visitor.gives_password(mei)
    html = visitor.get("accounts:enrol").content.decode()
    assert html.index("Create a passkey") < html.index("Set up an authenticator app")
    passkey = Passkey()
    code = passkey.create(passkeys.creation(visitor, "accounts:enrol_passkey"))
    answer = visitor.post("accounts:enrol_passkey", code=code)
    assert answer.status_code == 200
    assert len(answer.context["codes"]) == 10
    assert visitor.is_in()
    other = Visitor()
    assert passkeys.enters(other, passkey).status_code == 302
    assert visitor.get("accounts:enrol").url == reverse("accounts:methods")
    assert visitor.get("accounts:enrol_passkey").url == reverse("accounts:methods")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"id": 5}',
        '{"id": "a", "response": 1}',
        "[" * 9000,
        '{"id": "\\ud800"}',
        '{"id": "a", "response": {"clientDataJSON": "e30"}}',
        '{"id": "aa", "response": {"clientDataJSON": "!"}}',
        "x" * 20_000,
    ],
)
def test_what_no_browser_sends_is_refused_and_costs_no_try(hanako: Actor, typed: str) -> None:
    visitor = Visitor().signs_in(hanako)
    passkeys.adds(visitor)
    visitor.wait(minutes=10)
    for page in ("accounts:verify_passkey", "accounts:verify_passkey_alone"):
        assert visitor.post(page, code=typed).status_code == 422, page
    assert visitor.row.ended_at is None
    assert not passkeys.row_of(hanako).failures.exists()


def test_signing_in_anew_ends_the_session_that_the_browser_had(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    passkey = passkeys.adds(visitor)
    former = visitor.client.session["sid"]
    assert passkeys.enters(visitor, passkey).status_code == 302
    assert Session.objects.get(pk=former).end_reason == "replaced"
    assert visitor.is_in()


def test_a_sign_in_from_a_new_place_is_told(hanako: Actor) -> None:
    passkey = passkeys.adds(Visitor().signs_in(hanako))
    before = mails(hanako.email).count("new_sign_in")
    passkeys.enters(Visitor(people.ABROAD), passkey)
    assert mails(hanako.email).count("new_sign_in") == before + 1
    assert not Case.objects.exists()
