"""A browser for tests: it comes from a place, keeps its cookies, and knows what time it is."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import Session
from common import clock, encryption
from devtools.personas import Browser
from notifications.models import Delivery
from tests.support.people import HOME, Actor


class Visitor:
    actor: Actor
    """Who has signed in here."""

    def __init__(self, place: Browser = HOME, at: datetime | None = None, **options: Any) -> None:
        self.client = Client(**options)
        self.meta: dict[str, Any] = dict(place.meta)
        self.at = at or clock.now()

    def get(self, page: str, /, *args: Any, **data: Any) -> Any:
        return self.fetch(_path(page, *args), data)

    def fetch(self, path: str, data: Any = None, **more: Any) -> Any:
        with clock.pretend(self.at):
            return self.client.get(path, data, **{**self.meta, **more})

    def post(self, page: str, /, *args: Any, **data: Any) -> Any:
        with clock.pretend(self.at):
            return self.client.post(_path(page, *args), data, **self.meta)

    def opens_link(self, page: str, token: str) -> str:
        """Follow a link of a mail; returns the address of the page that it leads to."""
        answer = self.get(page, token)
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.url)

    def opens_enrolling(self, page: str, /, *args: Any) -> tuple[str, str]:
        """Open a page that binds a code app; returns its address and the key that it shows."""
        address = str(self.get(page, *args).url)
        return address, self.get(address).context["key"].replace(" ", "")

    def wait(self, **length: float) -> "Visitor":
        self.at += timedelta(**length)
        return self

    def gives_password(self, actor: Actor, password: str | None = None) -> Any:
        return self.post("accounts:sign_in", email=actor.email, password=password or actor.password)

    def gives_code(self, actor: Actor) -> Any:
        return self.post("accounts:verify_totp", code=actor.code(self.at))

    def signs_in(self, actor: Actor) -> "Visitor":
        self.actor = actor
        assert self.gives_password(actor).status_code == 302
        answer = self.gives_code(actor)
        assert answer.status_code == 302, answer.content.decode()
        # The next step of the code app, so that the next code is a fresh one.
        return self.wait(seconds=60)

    def steps_up(self, actor: Actor) -> "Visitor":
        answer = self.gives_code(actor)
        assert answer.status_code == 302, answer.content.decode()
        return self.wait(seconds=60)

    def writes_down(self, answer: Any) -> str:
        """A code was used up: the page of the fresh one comes first. Returns where it leads to."""
        assert answer.url.startswith(reverse("accounts:fresh_code")), answer.url
        saved = self.post(answer.url)
        assert saved.status_code == 302, saved.content.decode()
        return str(saved.url)

    def is_in(self) -> bool:
        return bool(self.get("accounts:check_up").status_code == 200)

    @property
    def row(self) -> Session:
        return Session.objects.get(pk=self.client.session["sid"])


def _path(name: str, *args: Any) -> str:
    return name if name.startswith("/") else reverse(name, args=args)


def opened(mail: Delivery) -> dict[str, Any]:
    """What a mail that still waits will say."""
    assert mail.params is not None
    return encryption.unseal(mail.params)


def mails(address: str = "") -> list[str]:
    """The names of the mails owed to an address, oldest first."""
    rows = Delivery.objects.order_by("pk")
    return [row.message for row in (rows.filter(address=address) if address else rows)]
