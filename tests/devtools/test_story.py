"""The demo's history: what the desk will find in it, and what the people can sign in with."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import transaction

from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.selectors import authenticators_that_count
from accounts.authenticators.throttling import DESK
from accounts.authenticators.totp import services as totp
from accounts.doubt.selectors import doubt_about
from accounts.models import Authenticator, Session, User
from accounts.selectors import addresses_that_count
from accounts.sign_in import password_check
from common import clock
from devtools import people, story
from devtools.personas import HANAKO, PEOPLE, THIEF_EMAIL
from notifications.models import Delivery

pytestmark = pytest.mark.django_db


@dataclass
class Played:
    now: datetime
    mails: list[EmailMessage]


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker, tmp_path_factory):
    """Played once for all tests here: each of them is a savepoint inside the transaction that holds it."""
    now = clock.now()
    whole = transaction.atomic()
    setattr(whole, "_from_testcase", True)  # noqa: B010 - as Django's own TestCase does, so that a mail's claim may be durable
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, whole:
        patch.setenv("DATA_DIR", str(tmp_path_factory.mktemp("story")))
        mail.outbox = []
        story.play(now)
        yield Played(now, list(mail.outbox))
        transaction.set_rollback(True)


def entry(name):
    return next(entry for entry in people.entries() if entry.name == name)


def doubt_of(person, now):
    with clock.pretend(now):
        return doubt_about(story.user_of(person).pk)


def test_the_desk_finds_the_takeover_fourteen_minutes_before_the_start(played):
    doubt = doubt_of(HANAKO, played.now)
    assert doubt.is_strong
    assert len(doubt.changes) == 3
    [session] = doubt.sessions
    assert played.now - Session.objects.get(pk=session).started_at == timedelta(minutes=14)


def test_nobody_else_was_taken_over(played):
    others = [person for person in PEOPLE if person is not HANAKO]
    assert [person.name for person in others if doubt_of(person, played.now).changes] == []


def test_hanako_can_prove_herself_with_what_she_had_before(played):
    hanako = story.user_of(HANAKO)
    doubt = doubt_of(HANAKO, played.now)
    assert hanako.email == THIEF_EMAIL
    assert [address.value for address in addresses_that_count(hanako.pk, doubt)] == [HANAKO.email]
    app, codes = authenticators_that_count(hanako.pk, doubt)
    shown = entry(HANAKO.name_latin)
    assert totp.among([app.id], shown.old_totp, DESK)
    assert recovery_codes.among([codes.id], shown.recovery_code, DESK)


def test_everybody_can_sign_in_as_printed(played):
    for shown in people.entries():
        user = password_check.check(email=shown.email, password=shown.password)
        assert user is not None, shown.name
        bound = Authenticator.objects.filter(user=user, kind="totp", removed_at=None)
        ids = list(bound.values_list("pk", flat=True))
        assert totp.among(ids, shown.totp, DESK), shown.name


def test_only_the_thief_is_still_signed_in(played):
    assert [session.country for session in Session.objects.filter(ended_at=None)] == ["DE"]


def test_the_mails_of_then_bear_the_dates_of_then_and_none_is_left(played):
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert all("Date" in sent.extra_headers for sent in played.mails)
    assert [sent for sent in played.mails if sent.to == [HANAKO.email]]


def test_it_is_played_once(played):
    before = User.objects.count()
    call_command("story", stdout=StringIO())
    assert User.objects.count() == before == len(PEOPLE)


def test_scripts_get_json(played):
    out = StringIO()
    call_command("people", "--json", stdout=out)
    listed = json.loads(out.getvalue())
    assert [person["name"] for person in listed] == [person.name_latin or person.name for person in PEOPLE]
    assert all(person["password"] and len(person["totp"]) == 6 for person in listed)


def test_the_table_names_everybody(played):
    out = StringIO()
    call_command("people", stdout=out)
    assert all((person.name_latin or person.name) in out.getvalue() for person in PEOPLE)
    assert "her old authenticator shows" in out.getvalue()
