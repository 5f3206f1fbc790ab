"""Leaked passwords are found by five digits of their hash; where nobody answers, nobody is kept out."""

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from accounts.credentials import leaked_passwords
from accounts.models import User
from portal import env
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import PASSWORD, Actor

pytestmark = pytest.mark.django_db

LEAKED = "tall-river-quilt-97"
FINE = "quiet lantern over harbour"


@dataclass
class Service:
    """A range service on this machine: what it was asked, and how it is to answer."""

    leaked: set[str] = field(default_factory=set)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    status: int = 200
    delay: float = 0
    body: str | None = None

    def answer(self, prefix: str) -> str:
        if self.body is not None:
            return self.body
        found = [sha1(one)[5:] for one in self.leaked if sha1(one).startswith(prefix)]
        padding = [f"{'0' * 34}{n:X}:0" for n in range(9)]
        return "\r\n".join([*(f"{rest}:3" for rest in found), *padding])


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


@pytest.fixture
def service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    told = Service({LEAKED})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, dict(self.headers)))
            time.sleep(told.delay)
            body = told.answer(self.path.rpartition("/")[2]).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.LEAKED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_port}/range/"
    monkeypatch.setattr(leaked_passwords, "_silent_until", 0.0)
    yield told
    server.shutdown()
    server.server_close()


def chooses(actor: Actor, password: str) -> Any:
    people.forgets_password(actor.email)
    visitor = Visitor()
    page = visitor.opens_link("accounts:password_link", people.token_mailed_to(actor.email))
    return visitor.post(page, new_password=password)


def events(action: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT details::text FROM audit_event WHERE action = %s", [action])
        return [row[0] for row in cursor.fetchall()]


def test_a_leaked_password_is_refused_with_the_reason_and_another_is_taken(
    hanako: Actor, service: Service
) -> None:
    answer = chooses(hanako, LEAKED)
    assert answer.status_code == 422
    assert "leak from another site" in answer.content.decode()
    assert chooses(hanako, FINE).status_code == 302


def test_nobody_outside_hears_more_than_five_digits(hanako: Actor, service: Service) -> None:
    chooses(hanako, LEAKED)
    ((path, headers),) = service.asked
    assert path == f"/range/{sha1(LEAKED)[:5]}"
    assert headers["Add-Padding"] == "true"
    assert "Cookie" not in headers
    assert hanako.email not in str(headers)


def test_padding_is_no_hit(hanako: Actor, service: Service) -> None:
    service.body = f"{sha1(FINE)[5:]}:0"
    assert chooses(hanako, FINE).status_code == 302


def test_what_is_only_being_typed_is_not_asked_about(db: None, service: Service) -> None:
    Visitor().post("accounts:password_strength", new_password=LEAKED)
    assert not service.asked


def test_without_the_setting_nobody_is_asked(hanako: Actor, service: Service, settings: Any) -> None:
    settings.LEAKED_PASSWORDS_URL = ""
    assert chooses(hanako, LEAKED).status_code == 302
    assert not service.asked


OUTAGES: dict[str, dict[str, Any]] = {
    "an error": {"status": 503},
    "a page": {"body": "<html>come back later</html>:x"},
    "another encoding": {"body": "é"},
    "a flood": {"body": "A" * 600_000},
    "silence": {"delay": 1},
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_keeps_nobody_out_and_is_told_once(
    hanako: Actor, service: Service, monkeypatch: pytest.MonkeyPatch, outage: str
) -> None:
    monkeypatch.setattr(leaked_passwords, "TIMEOUT", 0.3)
    for name, value in OUTAGES[outage].items():
        setattr(service, name, value)
    began = time.monotonic()
    assert chooses(hanako, LEAKED).status_code == 302
    assert time.monotonic() - began < 1.5
    monkeypatch.setattr(leaked_passwords, "_silent_until", 0.0)
    assert chooses(hanako, "tall-river-quilt-98").status_code == 302
    assert events("leak_check.failed") == ["{}"]


def test_after_an_outage_nobody_is_asked_for_a_minute(hanako: Actor, service: Service) -> None:
    service.status = 503
    chooses(hanako, FINE)
    service.status = 200
    assert chooses(hanako, LEAKED).status_code == 302
    assert len(service.asked) == 1


def test_at_a_sign_in_it_lets_her_in_and_her_check_up_says_so(hanako: Actor, service: Service) -> None:
    service.leaked.add(PASSWORD)
    visitor = Visitor().signs_in(hanako)
    shown = visitor.get("accounts:check_up").content.decode()
    assert "It has appeared in a leak from another site" in shown
    assert events("password.found_leaked") == ["{}"]
    page = visitor.post(
        "accounts:change_password", current_password=PASSWORD, new_password="quiet lantern over harbour"
    )
    assert page.status_code == 302
    assert "appeared in a leak" not in visitor.get("accounts:check_up").content.decode()
    assert User.objects.get(pk=hanako.user.pk).password_leaked_at is None


def test_a_wrong_password_is_not_asked_about(hanako: Actor, service: Service) -> None:
    Visitor().gives_password(hanako, LEAKED)
    assert not service.asked


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("https://api.example.com/range/", True),
        ("http://localhost:9000/range", True),
        ("http://api.example.com/range/", False),
        ("https://api.example.com/range?x=1", False),
        ("api.example.com", False),
        ("", True),
    ],
)
def test_the_address_of_the_service_is_encrypted_or_here(
    monkeypatch: pytest.MonkeyPatch, text: str, taken: bool
) -> None:
    monkeypatch.setenv("LEAKED_PASSWORDS_URL", text)
    if taken:
        assert env.address("LEAKED_PASSWORDS_URL", "") == text
    else:
        with pytest.raises(ImproperlyConfigured, match="LEAKED_PASSWORDS_URL"):
            env.address("LEAKED_PASSWORDS_URL", "")
