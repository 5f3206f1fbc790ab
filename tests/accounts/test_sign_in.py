"""Signing in: nobody gets anywhere without a second factor, and a stranger learns nothing."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session as Stored
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.freezes import services as freezes
from accounts.models import Authenticator, Session, User
from accounts.retention import services as retention
from accounts.sessions.store import row_key
from accounts.sign_up import services as sign_up
from audit.models import Event
from common import clock
from tests.support import people
from tests.support.http_client import Visitor, mails
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


def test_hanako_signs_in_with_password_and_code(hanako: Actor, told) -> None:
    visitor = Visitor()
    assert visitor.gives_password(hanako).url.startswith(reverse("accounts:verify"))
    assert visitor.gives_code(hanako).url == reverse("home")
    assert visitor.is_in()
    assert told() == ["sign_in.password_accepted", "sign_in.succeeded"]
    event = Event.objects.latest("id")
    assert event.session == visitor.row.pk
    assert event.actor == event.account == hanako.user.pk
    assert event.details == {
        "factor": "totp",
        "new_browser": False,
        "new_country": False,
        "risky": False,
        "why": [],
    }


PAGES = [
    "check_up",
    "methods",
    "sessions",
    "history",
    "profile",
    "change_password",
    "change_email",
    "totp_add",
    "recovery_codes",
    "enrol",
    "qr",
]


@pytest.mark.parametrize("name", PAGES)
def test_the_password_alone_reaches_no_page(hanako: Actor, name: str) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert visitor.get(f"accounts:{name}").url.startswith(reverse("accounts:verify"))


def test_the_password_alone_cannot_bind_another_code_app(hanako: Actor) -> None:
    """The hole of factors not named "default": two_factor would take this account for open."""
    assert not TOTPDevice.objects.filter(user=hanako.user, name="default").exists()
    visitor = Visitor()
    visitor.gives_password(hanako)
    key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    session = visitor.client.session
    session["totp_key:ab12"] = key
    session.save()
    for name in ("accounts:enrol", "accounts:totp_add"):
        visitor.post(f"{reverse(name)}?key=ab12", code=people.code_of(key, visitor.at))
    assert Authenticator.objects.filter(user=hanako.user, kind="totp").count() == 1
    assert not visitor.is_in()


def test_an_imported_account_without_a_factor_reaches_only_enrolling(db: None) -> None:
    user = sign_up.create(email="mika@example.jp", name="Mika", password=people.PASSWORD, how="imported")
    mika = Actor(user, user.email, people.PASSWORD, "", [])
    visitor = Visitor()
    assert visitor.gives_password(mika).status_code == 302
    for name in ("check_up", "methods", "totp_add", "history"):
        assert visitor.get(f"accounts:{name}").url.startswith(reverse("accounts:enrol"))
    assert visitor.get("accounts:verify").url.startswith(reverse("accounts:enrol"))
    page, key = visitor.opens_enrolling("accounts:enrol_totp")
    answer = visitor.post(page, code=people.code_of(key, visitor.at), name="Phone")
    assert answer.status_code == 200
    assert len(answer.context["codes"]) == 10
    assert visitor.is_in()
    assert "credential_changed" in mails("mika@example.jp")


def test_a_known_and_an_unknown_address_get_the_same_answer(hanako: Actor) -> None:
    answers, queries = [], []
    for email in ("hanako@example.jp", "nobody@example.jp"):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            answer = Visitor().post("accounts:sign_in", email=email, password="wrong-wrong-wrong")
        answers.append((answer.status_code, _plain(answer.content.decode().replace(email, ""))))
        queries.append([query["sql"].split(" ")[0] for query in caught.captured_queries])
    assert answers[0] == answers[1]
    assert queries[0] == queries[1]


def test_an_unknown_address_costs_as_many_hashes_as_a_known_one(hanako: Actor, monkeypatch) -> None:
    voided = people.join(
        email="v@example.jp", name="V", place=people.HOME, at=clock.now() - timedelta(days=9)
    )
    User.objects.filter(pk=voided.user.pk).update(password="!void")
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append("x")
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    counts = []
    for email in ("hanako@example.jp", "nobody@example.jp", "v@example.jp"):
        hashed.clear()
        Visitor().post("accounts:sign_in", email=email, password="wrong-wrong-wrong")
        counts.append(len(hashed))
    assert counts == [1, 1, 1]


def _plain(html: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)


def test_the_session_key_changes_at_both_steps(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    first = str(visitor.client.session.session_key)
    visitor.gives_code(hanako)
    second = str(visitor.client.session.session_key)
    assert first != second
    assert not Stored.objects.filter(session_key=row_key(first)).exists()
    assert visitor.row.key == row_key(second)


def test_a_code_counts_once(hanako: Actor) -> None:
    one, two = Visitor(), Visitor(place=people.OSAKA)
    for visitor in (one, two):
        visitor.at = one.at
        visitor.gives_password(hanako)
    assert one.gives_code(hanako).status_code == 302
    assert two.gives_code(hanako).status_code == 422
    assert not two.is_in()


def test_a_right_code_takes_thirteen_statements(hanako: Actor) -> None:
    """Nothing is asked twice, and nothing is deleted that is not there."""
    visitor = Visitor()
    visitor.gives_password(hanako)
    with CaptureQueriesContext(connection) as asked:
        assert visitor.gives_code(hanako).status_code == 302
    statements = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len(statements) == 13, statements
    assert not any(sql.startswith("DELETE") for sql in statements)


def test_a_recovery_code_signs_in_once_however_it_is_typed(hanako: Actor, told) -> None:
    code = hanako.recovery_codes[3]
    typed = f"{code[:4]}-{code[4:8]} {code[8:12].upper()} {code[12:]}"
    for expected in (302, 422):
        visitor = Visitor()
        visitor.gives_password(hanako)
        assert visitor.post("accounts:verify_recovery_code", code=typed).status_code == expected
    assert "credential.recovery_code.used" in told()
    assert Event.objects.filter(action="sign_in.failed").latest("id").details["factor"] == "recovery_code"


def test_tries_are_bounded_for_an_address_and_a_network(hanako: Actor, told) -> None:
    tries = [Visitor().gives_password(hanako, "wrong").status_code for _ in range(16)]
    assert tries[:10] == [422] * 10
    assert tries[-1] == 429
    assert told().count("sign_in.refused") == 1, "the first refusal is told, those after it are not"
    assert Visitor(place=people.OSAKA).gives_password(hanako).status_code == 302


def test_an_unknown_address_is_bounded_alike(db: None) -> None:
    codes = [
        Visitor().post("accounts:sign_in", email="nobody@example.jp", password="x").status_code
        for _ in range(16)
    ]
    assert codes[:10] == [422] * 10
    assert codes[-1] == 429


def test_after_a_hundred_failures_the_password_rests_and_looks_wrong(hanako: Actor) -> None:
    User.objects.filter(pk=hanako.user.pk).update(failed_passwords=99)
    Visitor().gives_password(hanako, "wrong")
    assert Visitor().gives_password(hanako).status_code == 422
    assert Visitor(at=clock.now() + timedelta(hours=2)).gives_password(hanako).status_code == 302
    assert User.objects.get(pk=hanako.user.pk).failed_passwords == 0


def test_wrong_codes_slow_down_and_are_told_once_an_hour(hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    answers = [visitor.post("accounts:verify", code="000000").status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert visitor.gives_code(hanako).status_code == 429
    assert visitor.wait(seconds=30).gives_code(hanako).status_code == 302
    assert mails("hanako@example.jp").count("failed_verification") == 1


def test_a_new_browser_abroad_is_told_and_a_known_one_is_not(hanako: Actor) -> None:
    Visitor().signs_in(hanako)
    assert "new_sign_in" not in mails("hanako@example.jp")
    Visitor(place=people.ABROAD, at=clock.now() + timedelta(minutes=2)).signs_in(hanako)
    assert mails("hanako@example.jp").count("new_sign_in") == 1
    assert Event.objects.filter(action="sign_in.succeeded").latest("id").details["new_country"] is True


@pytest.mark.parametrize(
    "there", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:1"]
)
def test_signing_in_never_leads_to_another_site(hanako: Actor, there: str) -> None:
    visitor = Visitor()
    assert visitor.fetch(reverse("accounts:sign_in"), {"next": there}).context["next"] == reverse("home")
    visitor.gives_password(hanako)
    answer = visitor.post("accounts:verify", code=hanako.code(visitor.at), next=there)
    assert answer.url == reverse("home")


def test_the_way_back_is_kept_through_both_steps(hanako: Actor) -> None:
    visitor = Visitor()
    wanted = reverse("accounts:history")
    assert (
        visitor.get("accounts:history").url == f"{reverse('accounts:sign_in')}?next=%2Faccount%2Fhistory%2F"
    )
    answer = visitor.post("accounts:sign_in", email=hanako.email, password=hanako.password, next=wanted)
    assert answer.url.endswith("?next=%2Faccount%2Fhistory%2F")
    assert visitor.post("accounts:verify", code=hanako.code(visitor.at), next=wanted).url == wanted


def test_looking_at_the_sign_in_page_makes_no_session(db: None) -> None:
    visitor = Visitor()
    visitor.get("accounts:sign_in")
    assert "session" not in visitor.client.cookies
    assert not Stored.objects.exists()


def test_signing_out_ends_the_session_and_a_get_does_not(hanako: Actor, told) -> None:
    visitor = Visitor().signs_in(hanako)
    assert visitor.get("accounts:sign_out").status_code == 405
    row = visitor.row
    visitor.post("accounts:sign_out")
    row.refresh_from_db()
    assert (row.end_reason, row.key) == ("signed_out", None)
    assert not visitor.is_in()
    assert "sign_out" in told()


def test_signing_in_again_replaces_the_session_of_this_browser(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    first = visitor.row
    visitor.gives_password(hanako)
    first.refresh_from_db()
    assert first.end_reason == "replaced"
    assert not visitor.is_in()


def test_an_idle_session_ends_and_a_page_that_refreshes_itself_does_not_keep_it_awake(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    for _ in range(8):
        visitor.wait(minutes=10)
        visitor.fetch(reverse("accounts:check_up"), HTTP_HX_REQUEST="true")
    assert not visitor.is_in()
    assert Session.objects.get(user=hanako.user, end_reason="idle").key is None


def test_a_session_in_use_stays_but_not_for_ever(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    for _ in range(47):
        assert visitor.wait(minutes=30).is_in()
    assert not visitor.wait(minutes=40).is_in()


def test_the_sweep_ends_what_nobody_came_back_to(hanako: Actor) -> None:
    people.come_in(hanako.user, people.HOME, clock.now() - timedelta(hours=3))
    assert retention.expire_sessions() >= 1
    assert not Session.objects.filter(user=hanako.user, ended_at=None).exists()


def test_what_a_doubtful_change_bound_does_not_sign_in_during_a_freeze(hanako: Actor) -> None:
    at = clock.now() - timedelta(minutes=14)
    key = people.take_over(hanako.user, at)
    freezes.protect(user_id=hanako.user.pk, case=3)
    thief = Actor(hanako.user, people.THIEF_EMAIL, people.THIEF_PASSWORD, key, [])
    visitor = Visitor(place=people.ABROAD)
    assert visitor.gives_password(thief).status_code == 302
    assert visitor.gives_code(thief).status_code == 422
    assert not visitor.is_in()
    assert Event.objects.latest("id").details == {"reason": "frozen"}


def test_nothing_secret_stands_in_the_trail(hanako: Actor) -> None:
    visitor = Visitor().signs_in(hanako)
    told = str(list(Event.objects.values_list("details", flat=True)))
    assert hanako.password not in told
    assert hanako.key not in told
    assert str(visitor.client.session.session_key) not in told


def test_forms_are_protected_against_other_sites(hanako: Actor) -> None:
    visitor = Visitor(enforce_csrf_checks=True)
    assert visitor.gives_password(hanako).status_code == 403
