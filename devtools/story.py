"""The demo's history, played through the portal's own services at the times at which it happened.

What the services refuse, the story cannot contain: it has no way of its own into the tables. It is played
once, in one transaction; then the mails that were owed in the past go out with the dates of then.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django_otp.oath import hotp

import audit.recording
import notifications.delivery.services
from accounts.authenticators.recovery_codes import services as recovery_codes
from accounts.authenticators.totp import services as totp
from accounts.credentials import password_links
from accounts.credentials import services as credentials
from accounts.enums import Factor, LinkReason
from accounts.models import Authenticator, Identifier, User
from accounts.pages import services as profile
from accounts.retention import services as retention
from accounts.sign_in import http_session
from accounts.sign_up import services as sign_up
from audit.context import Context, use
from common import clock, encryption
from devtools.mailbox import data_folder
from devtools.personas import (
    HANAKO,
    STAFF,
    TAKEOVER_AGO,
    THIEF_BROWSER,
    THIEF_EMAIL,
    THIEF_PASSWORD,
    USERS,
    Browser,
    Person,
    Visit,
    ordinary_life,
)
from notifications.models import Delivery

JOINED_AGO = timedelta(days=200)
SESSION_RUNS_OUT = timedelta(hours=2)


def is_played() -> bool:
    return Identifier.objects.filter(value=HANAKO.email).exists()


def play(now: datetime | None = None) -> None:
    """Play everything up to ``now`` and leave the takeover's session open, as the thief has it."""
    now = now or clock.now()
    with transaction.atomic():
        _keep(_History(now).play())
    # An interruption from here on costs nothing: what is owed, the beat sweep sends, if with later dates.
    _send_mails_of_then()


def _keep(recovery_codes: dict[str, list[str]]) -> None:
    """The portal itself only has hashes of these; ``manage.py people`` shows them."""
    path = data_folder() / "story.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"recovery_codes": recovery_codes}))


def totp_at(key: bytes, moment: datetime) -> str:
    """The code that an authenticator app with ``key`` shows at ``moment``."""
    return f"{hotp(key, int(moment.timestamp()) // totp.STEP):06d}"


class _History:
    """Collects what happened, then lets it happen in order."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        # Ten in the morning in Tokyo.
        self.joined = (now - JOINED_AGO).replace(hour=1, minute=4, second=37, microsecond=0)
        self.keys: dict[str, str] = {}
        self.recovery_codes: dict[str, list[str]] = {}
        self.acts: list[tuple[datetime, Callable[[], object]]] = []

    def play(self) -> dict[str, list[str]]:
        audit.recording.ensure_partitions(self.joined.date(), months=JOINED_AGO.days // 28 + 3)
        for place, person in enumerate(STAFF):
            self._at(self.joined + timedelta(minutes=47 * place), partial(self._is_hired, person))
        for place, person in enumerate(USERS):
            self._at(self.joined + timedelta(days=2 + place, minutes=512), partial(self._signs_up, person))
        for visit in ordinary_life(self.now, self.joined + timedelta(days=5)):
            self._visits(visit)
        self._is_taken_over()
        for when, act in sorted(self.acts, key=lambda entry: entry[0]):
            with clock.pretend(when):
                act()
        return self.recovery_codes

    def _at(self, when: datetime, act: Callable[[], object]) -> None:
        self.acts.append((when, act))

    def _is_hired(self, person: Person) -> None:
        with _as(None, person.browsers[0], person.language):
            user = profile.create_staff(
                email=person.email,
                name=person.name,
                name_latin=person.name_latin,
                role=person.role,
                language=person.language,
                languages=person.speaks,
            )
            token = password_links.make(user, LinkReason.STAFF)
            credentials.choose_password_by_link(token=token, password=person.password)
            self._enrols(person, user)

    def _signs_up(self, person: Person) -> None:
        with _as(None, person.browsers[0], person.language):
            user = sign_up.finish(
                token=sign_up.make_token(person.email),
                name=person.name,
                name_latin=person.name_latin,
                password=person.password,
                language=person.language,
                zone=settings.DEFAULT_ZONE,
            )
            self._enrols(person, user)

    def _enrols(self, person: Person, user: User) -> None:
        """The first sign-in: the code app is bound, and the recovery codes are shown."""
        request = _request(person.browsers[0])
        session = http_session.begin(request=request, user=user)
        with _as(user, person.browsers[0], person.language, session.pk):
            key = totp.new_key()
            self.keys[person.email] = key
            totp.bind(user=user, key=key, code=self._code(key), name="", session=session.pk)
            self.recovery_codes[person.email] = recovery_codes.create(user=user, session=session.pk).codes
            http_session.admit(request, user, Factor.TOTP)
            http_session.sign_out(request=request, user=user)

    def _visits(self, visit: Visit) -> None:
        self._at(visit.at, partial(self._signs_in, visit))
        if not visit.signs_out:
            self._at(visit.at + SESSION_RUNS_OUT, retention.expire_sessions)

    def _signs_in(self, visit: Visit) -> None:
        user = user_of(visit.person)
        request = _request(visit.browser)
        with _as(None, visit.browser, visit.person.language):
            session = http_session.begin(request=request, user=user)
        with _as(user, visit.browser, visit.person.language, session.pk):
            self._verifies(request, user, self.keys[visit.person.email])
        if visit.signs_out:
            with (
                clock.pretend(clock.now() + timedelta(minutes=9)),
                _as(user, visit.browser, visit.person.language, session.pk),
            ):
                http_session.sign_out(request=request, user=user)

    def _verifies(self, request: HttpRequest, user: User, key: str) -> None:
        if not http_session.verify(request=request, user=user, factor=Factor.TOTP, code=self._code(key)):
            raise RuntimeError(f"The code of {user} was refused at {clock.now()}.")
        request.session.save()

    def _is_taken_over(self) -> None:
        """Sign-in, address, password and code app, within two minutes, from another country."""
        begin = self.now - TAKEOVER_AGO
        request = _request(THIEF_BROWSER)

        def signs_in() -> None:
            user = user_of(HANAKO)
            with _as(None, THIEF_BROWSER, "en"):
                session = http_session.begin(request=request, user=user)
            with _as(user, THIEF_BROWSER, "en", session.pk):
                self._verifies(request, user, self.keys[HANAKO.email])

        def asks_for_address() -> None:
            user, session = user_of(HANAKO), UUID(request.session["sid"])
            with _as(user, THIEF_BROWSER, "en", session):
                credentials.request_email_change(user=user, address=THIEF_EMAIL, session=session)

        def confirms_address() -> None:
            with _as(user_of(HANAKO), THIEF_BROWSER, "en", UUID(request.session["sid"])):
                credentials.confirm_email_change(token=_token_mailed_to(THIEF_EMAIL))

        def changes_password() -> None:
            user = user_of(HANAKO)
            with _as(user, THIEF_BROWSER, "en", UUID(request.session["sid"])):
                http_session.change_password(request=request, user=user, password=THIEF_PASSWORD)
                request.session.save()

        def replaces_authenticator() -> None:
            user, session = user_of(HANAKO), UUID(request.session["sid"])
            key = totp.new_key()
            with _as(user, THIEF_BROWSER, "en", session):
                hers = Authenticator.objects.get(user=user, kind="totp", removed_at=None)
                totp.bind(
                    user=user, key=key, code=self._code(key), name="", replaces=hers.pk, session=session
                )

        self._at(begin, signs_in)
        self._at(begin + timedelta(seconds=31), asks_for_address)
        self._at(begin + timedelta(seconds=52), confirms_address)
        self._at(begin + timedelta(seconds=81), changes_password)
        self._at(begin + timedelta(seconds=114), replaces_authenticator)

    @staticmethod
    def _code(key: str) -> str:
        return totp_at(base64.b32decode(key), clock.now())


def user_of(person: Person) -> User:
    """The account that was made with this person's address, whoever has it now."""
    return Identifier.objects.select_related("user").filter(value=person.email).earliest("bound_at").user


def _request(browser: Browser) -> HttpRequest:
    """A request of somebody not signed in, with a session as Django's middleware would give it."""
    request = HttpRequest()
    request.META.update(browser.meta)
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request.user = AnonymousUser()
    return request


@contextmanager
def _as(user: User | None, browser: Browser, language: str, session: UUID | None = None) -> Iterator[None]:
    """Let the trail see this person in this browser, and the words be in their language."""
    context = Context(
        actor=user.pk if user else None, origin=browser.origin, session=session, request=uuid4()
    )
    with use(context), translation.override(language):
        yield


def _token_mailed_to(address: str) -> str:
    """What the link in the newest mail to ``address`` ends with: the thief reads their own mail too."""
    delivery = Delivery.objects.filter(address=address, params__isnull=False).latest("id")
    values: dict[str, Any] = encryption.unseal(delivery.params or b"")
    link: str = values["link"]["$link"]
    return link.rstrip("/").rsplit("/", 1)[-1]


def _send_mails_of_then() -> None:
    """Each mail a moment after it was owed, so that it bears the date of then."""
    for pk, created in Delivery.objects.order_by("created_at", "id").values_list("pk", "created_at"):
        with clock.pretend(created + timedelta(seconds=2)):
            notifications.delivery.services.send(pk)
