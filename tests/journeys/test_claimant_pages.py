"""The claimant's pages in a real browser, on real processes: live, calm under her hands, usable by all."""

import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from common import clock
from recovery.calls import services as calls
from recovery.evidence import services as evidence
from recovery.models import Callback
from recovery.models.evidence import Method
from recovery.states import AttemptState
from tests.conftest import Site
from tests.support.desk_scenario import Desk
from tests.support.site import move_in

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def desk(site: Site) -> Desk:
    built = move_in(site, language="ja")
    built.on_duty(built.sato)
    built.stays(built.sato)
    return built


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """The smallest phone that we care for; nothing may be refused by the policy or fail in a script."""
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, locale="en-GB", timezone_id="Asia/Tokyo", base_url=site.url
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()
    assert faults == []


def usable(page: Page) -> None:
    """No fault that axe finds, nothing that scrolls sideways."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not found, [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def goes_on(page: Page) -> None:
    usable(page)
    page.locator("button.large").click()


def says_who(page: Page, number: str = "090 1234 5678", look: bool = False) -> None:
    """From what she noticed to when she is to be called."""
    for path, field, text in (
        ("", "", ""),
        ("email/", "#id_email", "hanako@example.jp"),
        ("number/", "#id_number", number),
    ):
        page.wait_for_url(f"**/help/taken-over/{path}")
        if field:
            page.locator(field).fill(text)
        if look:
            usable(page)
        page.locator("button.large").click()
    page.wait_for_url("**/time/")


def ask(page: Page) -> None:
    page.goto("/help/")
    usable(page)
    page.get_by_role("link", name="My account was taken over").click()
    says_who(page, "０９０－１２３４－５６７８", look=True)
    goes_on(page)
    page.wait_for_url("**/check/")
    goes_on(page)
    page.wait_for_url("**/status/")


def headline(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words, timeout=8000)


@pytest.mark.journey
def test_hanako_follows_her_call_on_her_phone(phone: Page, desk: Desk, site: Site) -> None:
    ask(phone)
    headline(phone, "You’re next")
    expect(phone.get_by_text("Nobody is calling you now.")).to_be_visible()
    usable(phone)
    case = desk.accepted()
    headline(phone, "Sato will call you shortly")
    expect(phone.get_by_text("Correct the number")).to_have_count(0)
    attempt = desk.calls(case)
    headline(phone, "Sato is calling you now")
    expect(phone).to_have_title(re.compile("^Sato is calling you now"))
    expect(phone.locator("#announcer")).to_contain_text("Sato is calling you now")
    expect(phone.get_by_text("Nobody is calling you now.")).to_have_count(0)
    assert phone.locator("#call .groups").inner_text().replace(" ", "").replace("\n", "") == attempt.read_out
    usable(phone)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    code = phone.get_by_label("Code from your authenticator app")
    typed = desk.hanako.code()
    code.press_sequentially(typed[:3])
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    headline(phone, "The call has ended. Sato is still working on your request")
    expect(code).to_be_focused()
    code.press_sequentially(typed[3:])
    usable(phone)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("verified: the agent can see this")).to_be_visible()


@pytest.mark.journey
def test_without_scripts_everything_works_by_pages_and_buttons(
    browser: Browser, desk: Desk, site: Site
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB", base_url=site.url)
    page = context.new_page()
    page.goto("/help/taken-over/")
    says_who(page, "090 1234 5670")
    page.get_by_role("button", name="Continue").click()
    # The page may still say what the desk was like in the test before.
    page.get_by_role("button", name=re.compile("Call me now|Ask for the call")).click()
    page.wait_for_url("**/status/")
    assert page.locator('meta[http-equiv="refresh"]').count() == 1
    page.goto("/status/number/")
    page.locator("#number_number").fill("090 1234 5678")
    page.get_by_role("button", name="Call this number").click()
    expect(page.get_by_text("090-1234-5678")).to_be_visible()
    attempt = desk.calls(desk.accepted())
    page.reload()
    headline(page, "Sato is calling you now")
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.BUSY)
    page.reload()
    headline(page, "We’ll call you again")
    page.get_by_role("link", name="Cancel the call").click()
    page.get_by_role("button", name="Cancel the call").click()
    headline(page, "The call has been cancelled")
    context.close()


@pytest.mark.journey
@pytest.mark.parametrize(
    ("locale", "zone", "said"),
    [
        ("en-GB", "Europe/Berlin", "In your time: Central European Time."),
        ("en-GB", "America/New_York", "In your time: Eastern Time."),
        ("ja-JP", "Europe/Berlin", "お住まいの地域の時刻です：中央ヨーロッパ時間"),
    ],
)
def test_on_a_first_visit_the_page_names_the_zone_of_her_browser_and_means_it(
    browser: Browser, site: Site, locale: str, zone: str, said: str
) -> None:
    context = browser.new_context(locale=locale, timezone_id=zone, base_url=site.url)
    page = context.new_page()
    page.goto("/help/taken-over/")
    says_who(page)
    # The browser has told its zone by now; a page that was written before it did is like this one.
    page.context.clear_cookies(name="tz")
    page.reload()
    page.locator('[name="when"][value="later"]').check()
    expect(page.locator("#id_due_at_hint")).to_have_text(said)
    chosen = clock.now().astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0) + timedelta(hours=26)
    field = page.locator("#id_due_at")
    field.fill(f"{chosen:%Y-%m-%dT%H:%M}")
    assert field.evaluate("field => field.checkValidity()")
    page.locator("button.large").click()
    page.wait_for_url("**/check/")
    page.locator("button.large").click()
    page.wait_for_url("**/status/")
    callback = Callback.objects.get()
    assert callback.due_at == chosen.astimezone(UTC)
    assert callback.case.zone == zone
    context.close()


@pytest.mark.journey
def test_a_time_that_was_typed_before_the_zone_was_known_keeps_its_zone(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin", base_url=site.url)
    page = context.new_page()
    page.goto("/help/taken-over/")
    says_who(page)
    context.clear_cookies(name="tz")
    held: list[Route] = []
    page.route(
        "**/zone.js", lambda route: held.append(route)
    )  # a slow line: the script comes after she has typed
    page.goto("/help/taken-over/time/", wait_until="commit")
    page.locator('[name="when"][value="later"]').check()
    chosen = clock.now().astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(hours=26)
    page.locator("#id_due_at").fill(f"{chosen:%Y-%m-%dT%H:%M}")
    held[0].continue_()
    page.wait_for_load_state("load")
    assert "tz=Europe/Berlin" in page.evaluate("document.cookie")
    expect(page.locator("#id_due_at_hint")).to_have_text("In your time: Japan Time.")
    assert page.locator('input[name="zone"]').input_value() == "Asia/Tokyo"
    context.close()


@pytest.mark.journey
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_can_be_read_by_everybody(browser: Browser, desk: Desk, site: Site, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme, locale="en-GB", base_url=site.url)
    page = context.new_page()
    for path in ("/help/", "/help/lost-factor/", "/help/cant-sign-in/", "/status/"):
        page.goto(path)
        usable(page)
    page.goto("/help/taken-over/")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/email/")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_focused()
    usable(page)
    ask(page)
    headline(page, "You’re next")
    page.get_by_text("Change the time").click()
    usable(page)
    page.goto("/status/cancel/")
    usable(page)
    page.get_by_role("button", name="Cancel the call").click()
    headline(page, "The call has been cancelled")
    usable(page)
    assert not Callback.objects.filter(state="waiting").exists()
    context.close()
