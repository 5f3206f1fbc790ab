"""People's lives for tests, lived through the real services: joining, signing in, being taken over.

The clock pretends, and each visit says from where and with which browser, so that the trail, the sessions
and the mails are what they would be.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django_otp.oath import hotp

from accounts.authenticators.totp import services as totp
from accounts.authenticators.totp.services import STEP
from accounts.credentials import password_links
from accounts.credentials import services as credentials
from accounts.enums import Factor
from accounts.models import Authenticator, User
from accounts.sessions.store import SessionStore
from accounts.sign_in import http_session
from accounts.sign_in import services as sign_in
from accounts.sign_up import services as sign_up
from audit import context
from audit.context import Context
from common import clock, encryption, network
from devtools.personas import IPHONE, LINUX, MAC, WINDOWS, Browser
from notifications.models import Delivery

PASSWORD = "midnight-lantern-orchard"
THIEF_PASSWORD = "not-hers-any-more-9"
THIEF_EMAIL = "h.mori.1988@mail.example"
TAKEOVER_AGO = timedelta(minutes=14)

HOME = Browser(WINDOWS, "126.72.14.9")
ON_THE_WAY = Browser(IPHONE, "49.98.140.21")
OSAKA = Browser(MAC, "60.56.12.8")
DESK = Browser(WINDOWS, "133.200.7.30")
ABROAD = Browser(LINUX, "145.100.1.7")


# What the browsers of sessions that began here know, and no table does: the keys in their cookies.
_browsers: dict[UUID, SessionBase] = {}


@dataclass
class Actor:
    """A person with what they know: password, the key in their code app, saved codes."""

    user: User
    email: str
    password: str
    key: str
    recovery_codes: list[str]

    def code(self, at: datetime | None = None) -> str:
        """What the code app shows."""
        return code_of(self.key, at or clock.now())


def code_of(key: str, at: datetime) -> str:
    """The six digits that an app with this key shows ``at`` that moment (RFC 6238)."""
    return f"{hotp(base64.b32decode(key), int(at.timestamp()) // STEP):06d}"


@contextmanager
def visiting(
    place: Browser, at: datetime, *, actor: int | None = None, session: UUID | None = None
) -> Iterator[None]:
    """It is ``at``, and what happens comes from ``place``."""
    origin = network.origin_of(place.meta)
    with clock.pretend(at), context.use(Context(actor=actor, origin=origin, session=session)):
        yield


def join(
    *,
    email: str,
    name: str,
    place: Browser,
    at: datetime,
    role: str = "user",
    language: str = "ja",
    languages: tuple[str, ...] = (),
    password: str = PASSWORD,
    name_latin: str = "",
) -> Actor:
    """Sign up, bind a code app, keep the recovery codes."""
    with visiting(place, at):
        user = sign_up.create(
            email=email,
            name=name,
            name_latin=name_latin,
            password=password,
            language=language,
            zone="Asia/Tokyo",
            role=role,
            languages=languages,
        )
    key = totp.new_key()
    with visiting(place, at + timedelta(minutes=2), actor=user.pk):
        request = _arrive(user)
    session = UUID(request.session["sid"])
    with visiting(place, at + timedelta(minutes=3), actor=user.pk, session=session):
        code = code_of(key, clock.now())
        bind = partial(totp.bind, user=user, key=key, code=code, name="Phone")
        codes = sign_in.enrol(user=user, bind=bind, verified=False)
        http_session.admit(request, user, Factor.TOTP)
        request.session.save()
    return Actor(user, email, password, key, codes)


def come_in(user: User, place: Browser, at: datetime) -> UUID:
    """One sign-in with both factors; returns the session."""
    with visiting(place, at):
        request = _arrive(user)
    session = UUID(request.session["sid"])
    with visiting(place, at + timedelta(seconds=20), actor=user.pk, session=session):
        http_session.admit(request, user, Factor.TOTP)
        request.session.save()
    _browsers[session] = request.session
    return session


def _arrive(user: User) -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore()
    request.user = AnonymousUser()
    outside = context.current()

    def inside() -> Context:
        """As the middleware says it: the session is known from the moment that it exists."""
        sid = request.session.get("sid")
        return replace(outside, session=UUID(sid) if sid else None)

    with context.use_source(inside):
        http_session.begin(request=request, user=user)
    request.session.save()
    return request


def browser_of(session: UUID) -> SessionBase:
    """What the browser of a session holds that began here: its cookie is ``session_key``."""
    return _browsers[session]


def take_over(victim: User, at: datetime, place: Browser = ABROAD) -> str:
    """A stranger signs in, changes e-mail, password and code app. Returns the key in their code app."""
    session = come_in(victim, place, at)

    def then(seconds: int) -> Any:
        return visiting(place, at + timedelta(seconds=seconds), actor=victim.pk, session=session)

    with then(60), transaction.atomic():
        credentials.request_email_change(user=victim, address=THIEF_EMAIL, session=session)
        # Before the commit: a worker that has sent the mail has also cleared what it says.
        token = token_mailed_to(THIEF_EMAIL)
    with then(75):
        credentials.confirm_email_change(token=token)
    victim.refresh_from_db()
    with then(105):
        request = HttpRequest()
        request.session = browser_of(session)
        request.user = victim
        http_session.change_password(request=request, user=victim, password=THIEF_PASSWORD)
        request.session.save()
    key = totp.new_key()
    old = Authenticator.objects.get(user=victim, kind="totp", removed_at=None)
    with then(125):
        totp.bind(user=victim, key=key, code=code_of(key, clock.now()), name="Phone 2", replaces=old.pk)
    return key


def forgets_password(address: str) -> None:
    """Somebody asks for a link to choose a password, and the request is answered."""
    password_links.ask(email=address)
    password_links.answer_waiting()


def token_mailed_to(address: str) -> str:
    """The token in the newest mail to ``address``: whoever reads that mailbox has it."""
    return token_in(Delivery.objects.filter(address=address).latest("pk"))


def token_in(mail: Delivery) -> str:
    """The token in the link of a mail that still waits."""
    assert mail.params is not None
    link = str(encryption.unseal(mail.params)["link"]["$link"])
    return link.rstrip("/").rsplit("/", 1)[1]


def token_of(message: str) -> str:
    """The token in the newest mail of this kind."""
    mail = Delivery.objects.filter(message=message).latest("pk")
    assert mail.params is not None
    return str(encryption.unseal(mail.params)["link"]["$link"]).rstrip("/").rsplit("/", 1)[1]
