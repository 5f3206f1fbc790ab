"""Two at once: a code, a link, a set of codes and a restore count once, whoever is faster."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.authenticators.passkeys import services as passkey_services
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.throttling import DESK
from accounts.authenticators.totp import services as totp
from accounts.credentials import services as credentials
from accounts.disputes import disowned_sessions, objections
from accounts.enums import Factor
from accounts.models import (
    Authenticator,
    CredentialChange,
    Freeze,
    PendingEmail,
    RecoveryCode,
    RecoveryContact,
    User,
)
from accounts.notice_address import services as notice_address
from accounts.recovery_contacts import services as recovery_contacts
from accounts.rollback import services as rollback
from accounts.sessions import services as sessions
from common import clock
from common.errors import Refusal
from tests.concurrency.conftest import at_once
from tests.support import passkeys, people
from tests.support.people import Actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hanako(transactional_db: None) -> Actor:
    return people.join(
        email="hanako@example.jp", name="Hanako", place=people.HOME, at=clock.now() - timedelta(days=60)
    )


@pytest.fixture
def taken_over(hanako: Actor) -> datetime:
    at = clock.now() - timedelta(minutes=14)
    people.take_over(hanako.user, at)
    return at


def failures(results: Sequence[Any]) -> list[Any]:
    """What went wrong, where it is more than a refusal."""
    return [one for one in results if isinstance(one, Exception) and not isinstance(one, Refusal)]


def test_a_code_of_the_app_counts_once(hanako: Actor) -> None:
    app = Authenticator.objects.get(kind="totp")
    code = hanako.code()
    results = at_once(*[lambda: totp.among([app.pk], code, DESK) for _ in range(4)])
    assert [one is None for one in results].count(False) == 1


def test_a_ceremony_of_a_passkey_counts_once(hanako: Actor) -> None:
    passkey = passkeys.bind(hanako, people.HOME, clock.now() - timedelta(days=9), counts=False)
    bound = passkeys.row_of(hanako)
    code = passkeys.sealed_now(passkey)
    results = at_once(*[lambda: passkey_services.among([bound.pk], code, DESK) for _ in range(4)])
    assert [one is None for one in results].count(False) == 1


def test_of_the_last_two_authenticators_one_stays(hanako: Actor) -> None:
    passkeys.bind(hanako, people.HOME, clock.now() - timedelta(days=9))
    app, passkey = Authenticator.objects.get(kind="totp"), passkeys.row_of(hanako)
    results = at_once(
        lambda: totp.remove(user=hanako.user, authenticator_id=app.pk),
        lambda: passkey_services.remove(user=hanako.user, authenticator_id=passkey.pk),
    )
    assert not failures(results)
    assert Authenticator.objects.filter(kind__in=("totp", "passkey"), removed_at=None).count() == 1


def test_a_recovery_code_counts_once(hanako: Actor) -> None:
    held = Authenticator.objects.get(kind="recovery_codes")
    code = hanako.recovery_codes[0]
    results = at_once(*[lambda: recovery_codes.among([held.pk], code, DESK) for _ in range(4)])
    assert [one is None for one in results].count(False) == 1
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 1


def test_a_password_link_works_once(hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    token = people.token_mailed_to(hanako.email)
    results = at_once(
        *[
            lambda word=word: credentials.choose_password_by_link(
                token=token, password=f"{word}-river-quilt-97"
            )
            for word in ("tall", "calm", "wide")
        ]
    )
    assert failures(results) == []
    assert sum(isinstance(one, User) for one in results) == 1


def test_two_new_sets_of_recovery_codes_leave_one_in_use(hanako: Actor) -> None:
    results = at_once(*[lambda: recovery_codes.create(user=hanako.user) for _ in range(2)])
    assert failures(results) == []
    assert Authenticator.objects.filter(kind="recovery_codes", removed_at=None).count() == 1


def test_a_restore_happens_once(hanako: Actor, taken_over: datetime) -> None:
    results = at_once(*[lambda: rollback.restore(user_id=hanako.user.pk) for _ in range(3)])
    assert failures(results) == []
    assert sum(isinstance(one, rollback.Restored) for one in results) == 1
    assert Freeze.objects.filter(reason="hold").count() == 1
    assert Authenticator.objects.filter(kind="totp", removed_at=None).count() == 1


def test_she_undoes_while_the_desk_restores_and_one_of_them_does_it(
    hanako: Actor, taken_over: datetime
) -> None:
    change = CredentialChange.objects.get(kind="email")
    objections.object_to(change_id=change.pk)
    code = hanako.code()
    results = at_once(
        lambda: objections.undo_objected(change_id=change.pk, factor=Factor.TOTP, code=code),
        lambda: rollback.restore(user_id=hanako.user.pk, case=7),
    )
    assert failures(results) == []
    assert sum(isinstance(one, rollback.Restored) for one in results) == 1
    assert User.objects.get().email == "hanako@example.jp"


def test_the_thief_changes_while_she_objects_and_nothing_slips_through(
    hanako: Actor, taken_over: datetime
) -> None:
    change = CredentialChange.objects.get(kind="email")
    thief = User.objects.get()
    results = at_once(
        lambda: objections.object_to(change_id=change.pk),
        lambda: recovery_codes.create(user=thief),
    )
    assert failures(results) == []
    with pytest.raises(Refusal):
        recovery_codes.create(user=thief)
    restored = objections.undo_objected(change_id=change.pk, factor=Factor.TOTP, code=hanako.code())
    assert restored is not None
    codes = Authenticator.objects.get(kind="recovery_codes", removed_at=None)
    assert recovery_codes.among([codes.pk], hanako.recovery_codes[5], DESK)


def test_he_confirms_while_she_ends_other_sessions_and_one_of_them_wins_whole(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(minutes=5))
    with transaction.atomic():
        credentials.request_email_change(user=hanako.user, address=people.THIEF_EMAIL, session=session)
        token = people.token_mailed_to(people.THIEF_EMAIL)
    results = at_once(
        lambda: credentials.confirm_email_change(token=token),
        lambda: sessions.end_others(user_id=hanako.user.pk, keep=None),
    )
    assert failures(results) == []
    won = results[0] == people.THIEF_EMAIL
    assert PendingEmail.objects.get().state == ("confirmed" if won else "cancelled")
    assert User.objects.get().email == (people.THIEF_EMAIL if won else hanako.email)


def test_a_sign_in_is_disowned_once(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(minutes=5))
    results = at_once(*[lambda: disowned_sessions.disown(session_id=session) for _ in range(4)])
    assert failures(results) == []
    assert results.count(None) == 1
    assert Freeze.objects.count() == 1


def test_a_sign_in_is_disowned_while_it_changes_something(hanako: Actor) -> None:
    """Whichever comes first: nothing that the session does stays unnoticed."""
    session = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(minutes=5))

    def changes() -> Any:
        with people.visiting(people.ABROAD, clock.now(), actor=hanako.user.pk, session=session):
            return recovery_codes.create(user=User.objects.get(pk=hanako.user.pk))

    results = at_once(lambda: disowned_sessions.disown(session_id=session), changes)
    assert failures(results) == []
    change = CredentialChange.objects.filter(kind="recovery_codes", session=session).first()
    assert change is None or change.state == "objected"
    assert Freeze.objects.count() == 1


def test_one_use_of_a_code_makes_one_fresh_code(hanako: Actor) -> None:
    held = Authenticator.objects.get(kind="recovery_codes")
    code = hanako.recovery_codes[0]
    at_once(*[lambda: recovery_codes.among([held.pk], code, DESK) for _ in range(4)])
    assert RecoveryCode.objects.filter(authenticator=held, sealed__isnull=False).count() == 1
    assert RecoveryCode.objects.filter(authenticator=held, used_at=None).count() == 10


def test_a_notification_address_is_confirmed_once(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.HOME, clock.now())
    notice_address.request(user=hanako.user, address="taro@example.net", session=session)
    token = people.token_of("notice_address_confirm")
    results = at_once(*[lambda: notice_address.confirm(token=token) for _ in range(4)])
    assert not failures(results)
    assert CredentialChange.objects.filter(kind="notice_added").count() == 1


def test_five_contacts_stay_five_whoever_is_faster(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.HOME, clock.now())
    results = at_once(
        *[
            lambda number=number: recovery_contacts.add(
                user=hanako.user,
                name="Friend",
                address=f"friend{number}@example.net",
                note="",
                session=session,
            )
            for number in range(7)
        ]
    )
    assert not failures(results)
    assert RecoveryContact.objects.count() == 5


def test_a_contact_accepts_once_and_is_not_one_once_removed(hanako: Actor) -> None:
    session = people.come_in(hanako.user, people.HOME, clock.now())
    recovery_contacts.add(user=hanako.user, name="Mika", address="m@example.net", note="", session=session)
    token = people.token_of("contact_invited")
    results = at_once(*[lambda: recovery_contacts.answer(token=token, to="accepted") for _ in range(3)])
    assert not failures(results)
    assert [one is None for one in results].count(True) == 1
