"""No log of any process holds the token of a mailed link."""

import http.client
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import yaml
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import links
from accounts.credentials import services as credentials
from accounts.enrolment import services as enrolment
from accounts.models import CredentialChange, Identifier, User
from accounts.notice_address import services as notice_address
from accounts.sign_up import services as sign_up
from common import clock, codes
from devtools.processes import Children
from devtools.stack import listen
from portal.logs import Line, masked
from recovery import links as dispute_links
from recovery.cases import admission, intake
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.states import CaseState
from recovery.takeover import protect
from tests.conftest import Site, url_of_test_database
from tests.repository.test_settings import ROOT
from tests.services import DATA
from tests.support import contacts, people
from tests.support import former_partner as former
from tests.support.site import hire, link_in

TOKEN = "vQ3J-9xT_secret:token-0001"


def with_a_token(resolver: URLResolver, namespace: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found += with_a_token(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern) and "token" in entry.pattern.converters:
            found.append(f"{namespace}{entry.name}")
    return found


LINKS = with_a_token(get_resolver())


@pytest.mark.parametrize("name", LINKS)
def test_every_address_with_a_token_is_masked(name: str) -> None:
    path = reverse(name, args=[TOKEN])
    for written in (
        path,
        f"{path}more/?a=b",
        f"http://localhost{path}",
        path.replace("/", "%2F"),
        path.upper(),
    ):
        told = masked(f"Not Found: {written} of somebody")
        assert TOKEN not in told
        assert TOKEN.upper() not in told
        assert told.endswith("… of somebody")


def test_there_are_twelve_kinds_of_links() -> None:
    assert len(LINKS) == 12


def test_what_is_no_link_stays_readable() -> None:
    line = "Not Found: /account/password/ and /help/not-me and 1/2"
    assert masked(line) == line


def test_a_traceback_is_masked_too() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Failed: %s", (f"/not-me/{TOKEN}/",), None)
    try:
        raise ValueError(f"at /account/email/link/{TOKEN}/")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    told = Line("%(message)s").format(record)
    assert "ValueError" in told
    assert TOKEN not in told


def test_a_query_is_masked_too() -> None:
    assert masked("GET /trail/?q=hanako&page=2 failed") == "GET /trail/?… failed"
    assert masked("is this so? yes / no?") == "is this so? yes / no?"


def command_of_web() -> list[str]:
    """As the image starts it."""
    found = re.search(r"^CMD (\[.+\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    return list(json.loads(found[1]))


def command_of_live() -> list[str]:
    """As compose starts it."""
    return list(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["live"]["command"])


@pytest.mark.parametrize("command", [command_of_web, command_of_live], ids=["web", "live"])
def test_the_servers_of_production_log_no_token_and_no_query(
    transactional_db: None, tmp_path: Path, command: Callable[[], list[str]]
) -> None:
    with listen(0) as sock:
        port = sock.getsockname()[1]
    words = [{"0.0.0.0": "127.0.0.1", "8000": str(port), "8001": str(port)}.get(w, w) for w in command()]
    secret = "what-somebody-searched-for"
    with Children(tmp_path) as children:
        server = children.start(
            "server",
            [sys.executable, "-m", *words],
            env={
                **os.environ,
                "DATABASE_URL": url_of_test_database(),
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "PYTHONPATH": str(ROOT),
            },
            cwd=ROOT,
        )
        children.wait_until(server, lambda: _answers(port))
        caller = Caller(f"http://localhost:{port}")
        for name in LINKS:
            path = reverse(name, args=[TOKEN])
            assert caller.asks(f"{path}?q={secret}") == 422
            assert caller.asks(f"{path}more/?q={secret}") == 404
            assert caller.asks(f"{path}?q={secret}", "POST", csrfmiddlewaretoken="x") == 403
        assert caller.asks(f"/trail/?q={secret}") == 302
        assert caller.asks(f"/nowhere/?q={secret}") == 404
        server.stop()
        log = server.log.read_text(errors="replace")
    assert "Not Found: /nowhere/" in log
    assert log.count("Not Found: /account/email/link/…") == 1
    assert TOKEN not in log
    assert secret not in log
    assert "GET " not in log


def _answers(port: int) -> bool:
    try:
        return Caller(f"http://localhost:{port}").asks("/healthz") == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    "file", ["Makefile", "Dockerfile", "docker-compose.yml", "devtools/stack.py"], ids=lambda file: str(file)
)
def test_every_server_is_started_without_an_access_log(file: str) -> None:
    assert "--no-access-log" in (ROOT / file).read_text()


class Caller:
    """Asks a real site for addresses and keeps nothing in between."""

    def __init__(self, url: str) -> None:
        self._site = urlsplit(url)

    def asks(self, path: str, method: str = "GET", **form: str) -> int:
        line = http.client.HTTPConnection("localhost", self._site.port or 80, timeout=20)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        line.request(method, path, body=urlencode(form) or None, headers=headers)
        status = line.getresponse().status
        line.close()
        return status


def dispute_link_about(owner: people.Actor) -> str:
    """The token by which the owner's mailbox contests what somebody asks for."""
    case, _ = intake.open_case(
        email=owner.email, number="+819000000002", category="taken_over", language="en", zone="UTC"
    )
    protect.protect(case_id=case.pk)
    case.refresh_from_db()
    agent, second = (former.colleague(name) for name in ("ogawa", "kondo"))
    dispute = former.announced_by_hand(case, agent=agent, second=second)
    address = Identifier.objects.get(user=owner.user, removed_at=None)
    return dispute_links.dispute(dispute.pk, address.pk).rstrip("/").rsplit("/", 1)[1]


def vouch_link_about(owner: people.Actor, agent: User) -> str:
    """The token by which a recovery contact vouches, in a case that an agent has in hand."""
    case, _ = intake.open_case(
        email=owner.email, number="+819000000003", category="taken_over", language="en", zone="UTC"
    )
    protect.protect(case_id=case.pk)
    Case.objects.filter(pk=case.pk).update(state=CaseState.WORKING, agent=agent, worked_by=[agent.pk])
    token, now = codes.token(), clock.now()
    Evidence.objects.create(
        case_id=case.pk,
        agent_id=agent.pk,
        method=Method.CONTACT,
        digest=codes.fingerprint(token),
        asked_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return token


@pytest.mark.journey
def test_no_log_of_any_process_holds_a_token(site: Site, settings: Any) -> None:
    user = hire(site, "Ito", "agent").user
    session = people.come_in(user, people.DESK, clock.now())
    caller = Caller(site.url)
    credentials.request_email_change(user=user, address="new@example.jp", session=session)
    people.forgets_password(user.email)
    sign_up.ask(email="aoi@example.jp", language="en", zone="UTC")
    moved = sign_up.create(email="moved@example.jp", name="Moved", password=people.PASSWORD, language="en")
    User.objects.filter(pk=moved.pk).update(imported_at=clock.now())
    enrolment.mail(moved)
    mailed = {
        name: link_in(site.mail.wait_for(address, subject).text, "/link/").rstrip("/").rsplit("/", 1)[1]
        for name, address, subject in (
            ("accounts:email_link", "new@example.jp", ""),
            ("accounts:password_link", user.email, "Choose"),
            ("accounts:sign_up_link", "aoi@example.jp", ""),
            ("accounts:enrolment_link", moved.email, ""),
        )
    }
    change = CredentialChange.objects.filter(user=user).latest("pk")
    letter = site.mail.wait_for(user.email, "change your sign-in")
    mailed["accounts:stop_email_link"] = link_in(letter.text, "/stop/link/").rstrip("/").rsplit("/", 1)[1]
    mailed["not_me_link"] = links.not_me_token(change.pk)
    mailed["not_me_session_link"] = links.not_me_session_token(session)
    kenji = hire(site, "Kenji", "user")
    mailed["dispute_link"] = dispute_link_about(kenji)
    mailed["vouch_link"] = vouch_link_about(hire(site, "Mei", "user"), user)
    _mika, mailed["accounts:contact_link"] = contacts.invited(kenji, at=clock.now())
    notice_address.request(user=moved, address="notices@example.jp", session=session)
    letter = site.mail.wait_for("notices@example.jp")
    mailed["accounts:notice_link"] = link_in(letter.text, "/link/").rstrip("/").rsplit("/", 1)[1]
    asked = admission.Asked("kenji@example.com", "+819012345678", "taken_over", "en", "UTC", None)
    admission.mail_link(asked, language="en")
    letter = site.mail.wait_for("kenji@example.com")
    mailed["help_link"] = link_in(letter.text, "/link/").rstrip("/").rsplit("/", 1)[1]
    assert set(mailed) == set(LINKS)
    for name, token in mailed.items():
        path = reverse(name, args=[token])
        assert caller.asks(path) == 302
        assert caller.asks(reverse(name, args=[f"x{token}"])) == 422
        assert caller.asks(f"{path}more/") == 404
        assert caller.asks(f"/{path}") == 404
        assert caller.asks(path, "POST", csrfmiddlewaretoken="x") == 403
        assert caller.asks(path, "PUT") == 403
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_passwordlink RENAME TO away")
        try:
            token = mailed["accounts:password_link"]
            assert caller.asks(reverse("accounts:password_link", args=[token])) == 500
        finally:
            cursor.execute("ALTER TABLE away RENAME TO accounts_passwordlink")
    # A mail that cannot be sent is told of in the worker's log.
    site.mail.refuse["*"] = "550 No such person"
    people.forgets_password(user.email)
    end = time.monotonic() + 20
    while "(password_link), attempt" not in site.log("worker") and time.monotonic() < end:
        time.sleep(0.1)
    site.stop("web")
    logs = {name: site.log(name) for name in ("web", "worker", "beat")}
    logs |= {path.name: path.read_text(errors="replace") for path in (DATA / "logs").glob("*.log")}
    assert "Internal Server Error: /account/password/link/…" in logs["web"]
    assert "Not Found: /account/email/link/…" in logs["web"]
    assert "Forbidden" in logs["web"]
    assert "(password_link), attempt 1: " in logs["worker"]
    for name, log in logs.items():
        assert not [token for token in mailed.values() if token in log], name
        assert not re.search(r"(?:/link/|/not-me/)[A-Za-z0-9]", log), name
        assert '"GET /' not in log, name
