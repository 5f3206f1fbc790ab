"""Hashes of other systems and older ones of ours: replaced at the next sign-in, and not to be told apart."""

import time
import unicodedata
from datetime import timedelta

import argon2
import bcrypt
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts import limits, passwords
from accounts.models import CredentialChange, Session, User
from accounts.sign_in import password_check
from audit import reading
from common import clock
from notifications.models import Delivery
from tests.accounts.importing.test_hashes import HASHERS
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import PASSWORD, Actor

pytestmark = pytest.mark.django_db

production = override_settings(PASSWORD_HASHERS=HASHERS)


def keep(actor: Actor, encoded: str) -> None:
    User.objects.filter(pk=actor.user.pk).update(password=encoded)


def kept(actor: Actor) -> str:
    return User.objects.values_list("password", flat=True).get(pk=actor.user.pk)


def of_bcrypt(cost: int = 4) -> str:
    return "bcrypt$" + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()


OLD = {
    "bcrypt": of_bcrypt,
    "pbkdf2": lambda: make_password(PASSWORD, hasher="pbkdf2_sha256"),
    "scrypt": lambda: make_password(PASSWORD, hasher="scrypt"),
}


@pytest.mark.parametrize("kind", OLD)
@production
def test_a_sign_in_hashes_it_anew_and_tells_nobody(hanako: Actor, kind: str) -> None:
    keep(hanako, OLD[kind]())
    mails, changes = Delivery.objects.count(), CredentialChange.objects.count()
    began = clock.now()
    assert Visitor().gives_password(hanako).status_code == 302
    assert kept(hanako).startswith(passwords.CURRENT)
    assert (Delivery.objects.count(), CredentialChange.objects.count()) == (mails, changes)
    actions = [event.action for event in reading.of_account(hanako.user.pk, began)]
    assert "credential.password.changed" not in actions
    assert Visitor().gives_password(hanako).status_code == 302


@production
def test_argon2_with_other_parameters_is_hashed_anew_too(hanako: Actor) -> None:
    keep(hanako, "argon2" + argon2.PasswordHasher(3, 12 * 1024, 1).hash(PASSWORD))
    assert Visitor().gives_password(hanako).status_code == 302
    assert kept(hanako).startswith(passwords.CURRENT)


@production
def test_it_is_one_statement_that_gives_way_to_a_change(hanako: Actor) -> None:
    keep(hanako, of_bcrypt())
    user = User.objects.get(pk=hanako.user.pk)
    keep(hanako, "changed meanwhile")
    assert user.check_password(PASSWORD)
    assert kept(hanako) == "changed meanwhile"
    keep(hanako, of_bcrypt())
    user = User.objects.get(pk=hanako.user.pk)
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert user.check_password(PASSWORD)
    assert [query["sql"].split()[0] for query in made] == ["UPDATE"]


@production
def test_sessions_in_other_browsers_go_on(hanako: Actor) -> None:
    keep(hanako, of_bcrypt())
    phone = Visitor(people.ON_THE_WAY, at=clock.now()).signs_in(hanako)
    keep(hanako, of_bcrypt())
    assert Visitor(at=phone.at).gives_password(hanako).status_code == 302
    assert phone.is_in()
    assert not Session.objects.get(pk=phone.row.pk).ended_at


@production
def test_a_wrong_password_hashes_nothing_anew(hanako: Actor) -> None:
    old = of_bcrypt()
    keep(hanako, old)
    assert Visitor().gives_password(hanako, "wrong-wrong-wrong").status_code == 422
    assert kept(hanako) == old


UNIT = timedelta(seconds=0.4)


def seconds(email: str, password: str) -> float:
    began = time.perf_counter()
    assert password_check.check(email=email, password=password) is None
    return time.perf_counter() - began


@production
def test_a_stranger_cannot_tell_by_the_time_whose_hash_is_old_or_who_has_an_account(
    hanako: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the wait bcrypt's cost of 11 takes some 100 ms longer than Argon2id."""
    monkeypatch.setattr(password_check, "OLD_HASH_ANSWER", UNIT)
    ren = people.join(
        email="ren@example.jp", name="Ren", place=people.HOME, at=clock.now() - timedelta(days=9)
    )
    keep(hanako, of_bcrypt(11))
    assert kept(ren).startswith(passwords.CURRENT)
    twice = unicodedata.normalize("NFD", "が-wrong-wrong")
    for typed, unit in (("wrong-wrong-wrong", 1), (twice, 2)):
        times = [seconds(email, typed) for email in (hanako.email, ren.email, "nobody@example.jp")]
        for passed in times:
            # A busy machine may need one more.
            rest = passed / (unit * UNIT.total_seconds())
            assert rest >= 0.98
            assert rest - int(rest) < 0.25, times


@production
def test_where_no_hash_is_old_nobody_waits(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(clock, "wait", waited.append)
    people.join(email="ren@example.jp", name="Ren", place=people.HOME, at=clock.now() - timedelta(days=9))
    assert Visitor().post("accounts:sign_in", email="ren@example.jp", password="wrong").status_code == 422
    assert not waited
    User.objects.update(password="!void")
    assert Visitor().post("accounts:sign_in", email="ren@example.jp", password="wrong").status_code == 422
    assert not waited


def test_the_wait_has_room_for_every_hash_that_an_import_takes() -> None:
    """The slowest forms take half of it here; ``accounts.importing.hashes`` refuses what takes longer."""
    assert timedelta(seconds=1) <= limits.OLD_HASH_ANSWER
