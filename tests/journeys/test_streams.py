"""Many tabs, many streams, streams that are refused: every page keeps up, and nobody else notices."""

import socket
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Page, Request, expect

from common import live
from common.redis import client
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.models import Case
from tests.conftest import SITE, url_of_test_database
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Agent, Claimant, until

pytestmark = [pytest.mark.journey]

LISTEN = """() => {
    heard = 0;
    addEventListener("live:changed", () => { heard += 1; });
}"""
# As in a browser without them, or on a page that did not come securely.
CANNOT_SHARE = "delete Navigator.prototype.locks;"
MAY_BE_HIDDEN = """
    let away = false;
    Object.defineProperty(Document.prototype, "hidden", { get: () => away });
    window.goAway = (now) => { away = now; document.dispatchEvent(new Event("visibilitychange")); };
"""


class Streams:
    """The streams that a browser holds open; what a closed tab had is gone with it."""

    def __init__(self, page: Page) -> None:
        self._open: list[Request] = []
        page.context.on("request", self._begins)
        page.context.on("requestfinished", self._ends)
        page.context.on("requestfailed", self._ends)

    @property
    def open(self) -> int:
        return len([request for request in self._open if not request.frame.page.is_closed()])

    def _begins(self, request: Request) -> None:
        if "/live/" in request.url:
            self._open.append(request)

    def _ends(self, request: Request) -> None:
        if request in self._open:
            self._open.remove(request)


def tab(agent: Agent, path: str = "/desk/") -> Page:
    page = agent.page.context.new_page()
    page.goto(agent.url + path)
    page.evaluate(LISTEN)
    return page


def hears(page: Page) -> None:
    page.wait_for_function("() => heard > 0")
    page.evaluate("heard = 0")


def hears_of_the_next(page: Page) -> None:
    """Of one of the next things that happen: the stream may be on its way."""

    def heard() -> bool:
        live.say(client(), "desk", "changed")
        return bool(page.evaluate("heard > 0"))

    until(page, heard)


def test_seven_tabs_of_the_desk_share_one_stream_and_go_on_when_the_one_that_listens_is_closed(desk, someone):
    sato = someone(Agent)
    streams = Streams(sato.page)
    sato.comes_in(desk.sato)
    sato.page.evaluate(LISTEN)
    tabs = [sato.page] + [tab(sato) for _ in range(6)]
    until(sato.page, lambda: streams.open == 1)

    desk.asks()
    for page in tabs:
        hears(page)
        expect(page.locator("#queue")).to_contain_text("o@example.jp")

    tabs.pop(0).close()
    for page in tabs:
        page.evaluate("heard = 0")
    hears_of_the_next(tabs[-1])
    for page in tabs:
        hears(page)
    until(tabs[0], lambda: streams.open == 1)


def test_the_tab_that_is_looked_at_takes_over_from_one_that_sleeps(desk, someone):
    sato = someone(Agent)
    sato.comes_in(desk.sato)
    second = tab(sato)
    hears_of_the_next(second)
    second.evaluate("heard = 0")
    sleeping = sato.page.context.new_cdp_session(sato.page)
    sleeping.send("Page.setWebLifecycleState", {"state": "frozen"})
    second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    hears_of_the_next(second)
    sleeping.send("Page.setWebLifecycleState", {"state": "active"})


def test_where_tabs_cannot_share_the_hidden_ones_let_go_and_catch_up_when_they_are_shown(desk, someone):
    sato = someone(Agent)
    sato.page.context.add_init_script(CANNOT_SHARE + MAY_BE_HIDDEN)
    streams = Streams(sato.page)
    sato.comes_in(desk.sato)
    tabs = [sato.page]
    for _ in range(7):
        until(sato.page, lambda: streams.open == 1)
        tabs[-1].evaluate("goAway(true)")
        until(sato.page, lambda: streams.open == 0)
        tabs.append(tab(sato))
    until(sato.page, lambda: streams.open == 1)

    hidden, shown = tabs[3], tabs[-1]
    hears_of_the_next(shown)
    assert hidden.evaluate("heard") == 0
    hidden.evaluate("goAway(false)")
    hears(hidden)


def test_a_page_whose_stream_is_refused_asks_by_itself(desk, someone):
    claimant = someone(Claimant, on=PHONE)
    claimant.page.route("**/live/**", lambda route: route.fulfill(status=503, body="busy"))
    desk.on_duty(desk.sato)
    claimant.asks(desk.hanako.email)
    until(claimant.page, lambda: Case.objects.filter(protected_at__isnull=False).exists())
    desk.accepted()
    expect(claimant.headline).to_have_text("Sato will call you shortly", timeout=30_000)


def test_three_hundred_streams_with_one_cookie_are_noticed_by_nobody_else(site, desk, someone):
    _, capability = desk.asks()
    address = urlsplit(site.url)
    head = (
        f"GET /live/case/ HTTP/1.1\r\nHost: {address.netloc}\r\nAccept: text/event-stream\r\n"
        f"Cookie: {CAPABILITY_COOKIE}={capability}\r\n\r\n"
    ).encode()
    site.wait_until_ready()
    with ExitStack() as stack:
        held = []
        for _ in range(300):
            held.append(stack.enter_context(socket.create_connection(("127.0.0.1", address.port), 30)))
            held[-1].sendall(head)
        answers = [one.recv(4096) for one in held]
        assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) == 6
        refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
        assert len(refused) == 294
        assert all(b"retry-after: 30" in answer.lower() for answer in refused)

        # The stranger has what he can have, and keeps it. Worker and beat have two or three connections.
        assert connections_of_the_site() < 12
        with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:
            assert answer.status == 200
        someone(Agent).comes_in(desk.sato)
        desk.on_duty(desk.sato)
        claimant = someone(Claimant, on=PHONE)
        claimant.asks("another@example.jp", "090-8765-4321")
        claimant.reads("You’re next|Sato|We’ve received your request")
        until(claimant.page, lambda: not Case.objects.filter(protected_at=None).exists())


def connections_of_the_site() -> int:
    with psycopg.connect(url_of_test_database(), autocommit=True) as server:
        found = server.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [SITE])
        return int((found.fetchone() or (0,))[0])
