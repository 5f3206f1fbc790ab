"""Every component, in each frame: readable for all, from a small phone to a wide screen, light and dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.django_db(transaction=True)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL_TARGETS = """
    [...document.querySelectorAll('main :is(.button:not(.small), input, select, summary, .choice)')]
    .filter(e => e.checkVisibility() && !e.matches('.choice input') && e.getBoundingClientRect().height < 44)
    .map(e => e.outerHTML)
"""
FRAMES = ["public", "account", "console"]


def _open(browser: Browser, address: str, width: int = 1280, **context: Any):
    page = browser.new_context(viewport={"width": width, "height": 860}, **context).new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return page, refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("frame", FRAMES)
def test_the_components_are_accessible(live_server, browser, frame, scheme):
    page, _ = _open(browser, f"{live_server.url}/demo/components/{frame}/", color_scheme=scheme)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    page.context.close()
    assert not found, [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("frame", FRAMES)
def test_no_frame_scrolls_sideways_and_the_policy_refuses_nothing(live_server, browser, frame):
    page, refused = _open(browser, f"{live_server.url}/demo/components/{frame}/")
    over = {}
    for width in (320, 390, 768, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 860})
        over[width] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.context.close()
    assert {width: much for width, much in over.items() if much > 0} == {}
    assert refused == []


def test_the_chosen_colours_are_there_before_the_next_page_is_painted(live_server, browser):
    page, _ = _open(browser, f"{live_server.url}/demo/components/public/")
    page.get_by_role("radio", name="Dark").check(force=True)
    answer = page.context.request.get(f"{live_server.url}/demo/components/public/").text()
    page.context.close()
    assert 'data-theme="dark"' in answer


def test_a_colour_cookie_brings_no_markup(client):
    client.cookies["theme"] = '"><script>'
    assert b"<script>" not in client.get("/demo/components/public/").content


def test_touch_targets_of_the_public_pages_are_large(live_server, browser):
    page, _ = _open(browser, f"{live_server.url}/demo/components/public/", 390)
    small = page.evaluate(SMALL_TARGETS)
    page.context.close()
    assert small == []
