"""Recovery contacts of the people in tests: named by their owner, accepted by themselves, some time ago."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import RecoveryContact
from accounts.recovery_contacts import services
from common import clock
from devtools.personas import Browser
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import HOME, Actor

MIKA = "mika@example.net"


def long_ago() -> datetime:
    return clock.now() - timedelta(days=20)


def named(
    owner: Actor,
    *,
    name: str = "Mika Ito",
    address: str = MIKA,
    at: datetime | None = None,
    place: Browser = HOME,
    session: UUID | None = None,
) -> RecoveryContact:
    """Named in a session of the owner (or in this one), and not asked yet whether they accept."""
    return invited(owner, name=name, address=address, at=at, place=place, session=session)[0]


def invited(
    owner: Actor,
    *,
    name: str = "Mika Ito",
    address: str = MIKA,
    at: datetime | None = None,
    place: Browser = HOME,
    session: UUID | None = None,
) -> tuple[RecoveryContact, str]:
    """:func:`named`, and what is in the link of the invitation."""
    at = at or long_ago()
    session = session or people.come_in(owner.user, place, at)
    then = people.visiting(place, at + timedelta(minutes=1), actor=owner.user.pk, session=session)
    with then, transaction.atomic():
        services.add(user=owner.user, name=name, address=address, note="", session=session)
        # Before the commit: a worker that has sent the mail has also cleared what it says.
        token = people.token_of("contact_invited")
    return RecoveryContact.objects.get(user=owner.user, value=address, removed_at=None), token


def accepted(owner: Actor, *, at: datetime | None = None, **how) -> RecoveryContact:
    """Named, and accepted an hour later, in a browser of their own."""
    at = at or long_ago()
    contact, token = invited(owner, at=at, **how)
    mika = Visitor(place=people.OSAKA, at=at + timedelta(hours=1))
    page = mika.opens_link("accounts:contact_link", token)
    assert mika.post(page, act="accept").status_code == 302
    contact.refresh_from_db()
    return contact
