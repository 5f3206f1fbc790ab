"""A call that is offered is heard: in one tab, while the offer stands, and only if the agent likes it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from common import clock
from recovery.models import Callback, Case
from recovery.queue import shifts
from recovery.states import CaseState
from tests.conftest import Site
from tests.journeys.test_console_pages import signed_in
from tests.support.desk_scenario import Desk
from tests.support.people import Actor
from tests.support.site import move_in

pytestmark = pytest.mark.journey

LISTEN = """
    window.ringing = 0;
    window.rang = 0;
    window.AudioContext = class {
      state = "suspended";
      sampleRate = 8000;
      resume() {
        if (window.untouched) return new Promise(() => {});
        this.state = "running";
        return Promise.resolve();
      }
      createBuffer(channels, length) {
        const samples = new Float32Array(length);
        return { getChannelData: () => samples };
      }
      createBufferSource() {
        const start = () => { window.ringing += 1; window.rang += 1; };
        return { connect() {}, start, stop() { window.ringing -= 1; } };
      }
      close() {}
    };
    window.notices = [];
    window.asked = 0;
    window.Notification = class {
      static permission = location.protocol === "http:" && localStorage.getItem("permission") || "default";
      static requestPermission() {
        window.asked += 1;
        Notification.permission = window.answer ?? "granted";
        localStorage.setItem("permission", Notification.permission);
        return Promise.resolve(Notification.permission);
      }
      constructor(title, options) { window.notices.push(`${title}: ${options.body}`); }
      addEventListener() {}
      close() { window.notices.push("closed"); }
    };
"""
"""Sound and notifications as a browser has them, and a record of both."""
# Two cores serve everything.
PATIENCE = 20_000

Sit = Callable[..., BrowserContext]


@pytest.fixture
def desk(site: Site) -> Desk:
    return move_in(site, language="ja")


@pytest.fixture
def sits(browser: Browser, site: Site) -> Iterator[Sit]:
    """``sits(actor)``: the browser of somebody of the desk; no fault of a script or of the policy passes."""
    faults: list[str] = []
    contexts = []

    def _sits(actor: Actor, script: str = "") -> BrowserContext:
        User.objects.filter(pk=actor.user.pk).update(language="en")
        context = browser.new_context(locale="en-GB", base_url=site.url)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "session", "value": signed_in(actor), "url": site.url}])
        context.add_init_script(LISTEN + script)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on(
            "console", lambda said: faults.append(said.text) if "Content Security" in said.text else None
        )
        return context

    yield _sits
    for context in contexts:
        context.close()
    assert faults == []


def is_at(context: BrowserContext, path: str) -> Page:
    tab = context.new_page()
    tab.goto(path)
    return tab


def rings(tab: Page) -> None:
    becomes(tab, 1)


def is_silent(tab: Page, within: int = PATIENCE) -> None:
    becomes(tab, 0, within)


def becomes(tab: Page, ringing: int, within: int = PATIENCE) -> None:
    """The page's policy lets nobody wait inside it for an expression."""
    for _try in range(within // 100):
        if tab.evaluate("window.ringing") == ringing:
            return
        tab.wait_for_timeout(100)
    pytest.fail(f"{ringing} should ring, {tab.evaluate('window.ringing')} do.")


def sees_offer(tab: Page) -> None:
    expect(tab.get_by_role("heading", name="A call for you")).to_be_visible(timeout=PATIENCE)


def test_of_two_tabs_one_rings_and_passing_on_in_the_other_ends_it(sits: Sit, desk: Desk) -> None:
    office = sits(desk.sato)
    first, second = is_at(office, "/desk/"), is_at(office, "/desk/")
    first.get_by_role("button", name="Go on duty").first.click()
    first.get_by_role("switch", name="Desktop notifications").click()
    desk.asks()
    for tab in (first, second):
        sees_offer(tab)
    first.wait_for_timeout(1500)
    ringing = [tab.evaluate("window.ringing") for tab in (first, second)]
    assert sorted(ringing) == [0, 1]
    notices = [one for tab in (first, second) for one in tab.evaluate("window.notices")]
    assert notices == ["A call for you: My account was taken over · Japanese"]

    other = (first, second)[ringing.index(0)]
    other.get_by_role("button", name="Pass").click()
    for tab in (first, second):
        is_silent(tab)
    assert sum(tab.evaluate("window.rang") for tab in (first, second)) == 1


def test_it_rings_on_the_board_too_the_switch_is_remembered_and_taking_it_is_silence(
    sits: Sit, desk: Desk
) -> None:
    tab = is_at(sits(desk.tanaka), "/board/")
    shifts.go_on_duty(agent_id=desk.tanaka.user.pk)
    desk.asks()
    sees_offer(tab)
    rings(tab)
    sound = tab.get_by_role("switch", name="Sound")
    sound.click()
    expect(sound).to_have_attribute("aria-checked", "false")
    is_silent(tab)
    tab.reload()
    sees_offer(tab)
    expect(sound).to_have_attribute("aria-checked", "false")
    assert tab.evaluate("window.rang") == 0
    sound.click()
    rings(tab)
    tab.get_by_role("button", name="Accept").click()
    tab.wait_for_url("**/desk/case/*/")
    assert tab.evaluate("window.rang") == 0
    assert Case.objects.get().state == CaseState.WORKING


def test_an_offer_that_runs_out_falls_silent(sits: Sit, desk: Desk) -> None:
    tab = is_at(sits(desk.sato), "/desk/")
    tab.get_by_role("button", name="Go on duty").first.click()
    desk.asks()
    rings(tab)
    Callback.objects.update(offer_expires_at=clock.now() + timedelta(seconds=2))
    is_silent(tab)
    expect(tab.get_by_role("heading", level=1)).to_have_text("You missed a call, so you’re off duty")


def test_a_browser_that_lets_no_sound_out_rings_from_the_first_key_on(sits: Sit, desk: Desk) -> None:
    strict = """
        window.untouched = true;
        addEventListener("keydown", () => { window.untouched = false; }, true);
    """
    tab = is_at(sits(desk.sato, script=strict), "/desk/")
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    desk.asks()
    sees_offer(tab)
    tab.wait_for_timeout(1000)
    assert tab.evaluate("window.rang") == 0
    tab.keyboard.press("x")
    rings(tab)


def test_notifications_are_asked_for_by_a_click_and_a_no_is_taken(sits: Sit, desk: Desk) -> None:
    tab = is_at(sits(desk.sato, script='window.answer = "denied";'), "/desk/")
    tab.get_by_role("button", name="Go on duty").first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("You’re on duty", timeout=PATIENCE)
    assert tab.evaluate("window.asked") == 0
    switch = tab.get_by_role("switch", name="Desktop notifications")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(switch).to_be_disabled()
    expect(tab.get_by_text("Your browser blocks notifications from this site.")).to_be_visible()
    tab.reload()
    expect(switch).to_be_disabled()
    assert tab.evaluate("window.asked") == 0


def test_a_browser_that_remembers_nothing_rings_all_the_same(sits: Sit, desk: Desk) -> None:
    forgetful = """
        Object.defineProperty(window, "localStorage", { get() { throw new DOMException("Refused."); } });
    """
    tab = is_at(sits(desk.sato, script=forgetful), "/desk/")
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    desk.asks()
    rings(tab)
    tab.get_by_role("switch", name="Sound").click()
    is_silent(tab)
