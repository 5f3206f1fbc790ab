"""Time settles a change only from when the mail server had taken all notices to the addresses of before."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.totp import services as totp
from accounts.doubt.selectors import doubt_about
from accounts.models import Authenticator, CredentialChange
from common import clock
from notifications import tasks
from notifications.channels.base import ChannelError
from notifications.delivery import services
from notifications.models import Delivery
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stolen(hanako: Actor) -> CredentialChange:
    """Forty days ago, when she had two addresses of the last 30 days, somebody made new recovery codes."""
    her = Visitor(at=clock.now() - timedelta(days=45)).signs_in(hanako)
    her.post("accounts:change_email", email="hanako@new.example")
    page = her.opens_link("accounts:email_link", people.token_mailed_to("hanako@new.example"))
    her.post(page)
    Delivery.objects.all().delete()
    at = clock.now() - timedelta(days=40)
    session = people.come_in(hanako.user, people.ABROAD, at)
    with people.visiting(people.ABROAD, at + timedelta(minutes=1), actor=hanako.user.pk, session=session):
        recovery_codes.create(user=hanako.user)
    return CredentialChange.objects.filter(user=hanako.user).latest("pk")


def told_at(change: CredentialChange) -> Any:
    change.refresh_from_db()
    return change.told_at


def test_it_is_told_when_all_have_left_and_not_before(stolen: CredentialChange) -> None:
    first, second = stolen.notices
    services.send(first)
    assert told_at(stolen) is None
    assert doubt_about(stolen.user_id).is_strong
    with clock.pretend(clock.now() - timedelta(days=31)):
        services.send(second)
    assert told_at(stolen)
    assert not doubt_about(stolen.user_id).is_strong


def test_the_sweep_tells_too(stolen: CredentialChange) -> None:
    tasks.sweep()
    assert told_at(stolen)


def test_a_notice_that_failed_for_good_has_told_nobody(
    stolen: CredentialChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = stolen.notices
    services.send(first)

    def refuses(_envelope: Any) -> None:
        raise ChannelError("550 no such person", permanent=True)

    monkeypatch.setattr("notifications.channels.mail.send", refuses)
    services.send(second)
    assert Delivery.objects.get(pk=second).state == "failed"
    assert told_at(stolen) is None


def test_nothing_of_a_change_is_older_than_the_change(hanako: Actor) -> None:
    """While the clock runs on between one row and the next."""
    recovery_codes.create(user=hanako.user)
    key = totp.new_key()
    old = Authenticator.objects.get(user=hanako.user, kind="totp", removed_at=None)
    code = people.code_of(key, clock.now())
    totp.bind(user=hanako.user, key=key, code=code, name="New", replaces=old.pk)
    for change in CredentialChange.objects.filter(user=hanako.user).order_by("-pk")[:2]:
        assert change.authenticator_in is not None
        assert change.authenticator_out is not None
        assert change.authenticator_in.bound_at >= change.at
        assert (change.authenticator_out.removed_at or change.at) >= change.at
