"""From the request to the confirmed call without a mouse: Tab, Enter and the desk's single keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.test_every_page import faults_of
from tests.support.browser_pages import Agent, Claimant, Member

pytestmark = [pytest.mark.journey]

FOCUSED = """() => {
    const at = document.activeElement;
    return [...(at.labels ?? []), at].map((element) => element.innerText ?? "").join(" ");
}"""


def _tab_to(page: Page, words: str) -> None:
    passed = []
    for _stop in range(40):
        page.keyboard.press("Tab")
        passed.append(str(page.evaluate(FOCUSED)))
        if words in passed[-1]:
            return
    raise AssertionError(f"Tab never comes to {words!r}, but to {passed}")


def test_help_and_desk_need_no_mouse(desk, someone):
    claimant, sato = someone(Claimant), someone(Agent)
    sato.comes_in(desk.sato)
    sato.page.keyboard.press("d")
    expect(sato.page.locator("#presence")).to_contain_text("On duty")

    claimant.opens("/help/")
    _tab_to(claimant.page, "My account was taken over")
    claimant.page.keyboard.press("Enter")
    claimant.reads("What did you notice?")
    _tab_to(claimant.page, "Continue")
    claimant.page.keyboard.press("Enter")
    claimant.reads("Which e-mail address do you sign in with?")
    _tab_to(claimant.page, "E-mail address")
    claimant.page.keyboard.type(desk.hanako.email)
    claimant.page.keyboard.press("Enter")
    claimant.reads("Which number should we call?")
    _tab_to(claimant.page, "Your phone number")
    claimant.page.keyboard.type("090-1234-5678")
    claimant.page.keyboard.press("Enter")
    claimant.reads("When should we call?")
    _tab_to(claimant.page, "Continue")
    claimant.page.keyboard.press("Enter")
    claimant.reads("Check your answers")
    _tab_to(claimant.page, "Call me now")
    claimant.page.keyboard.press("Enter")
    claimant.is_at("/status/")

    sato.is_offered()
    sato.page.keyboard.press("a")
    expect(sato.page).to_have_url(re.compile("/desk/case/"))
    sato.page.keyboard.press("c")
    claimant.reads("Sato is calling you now")
    expect(sato.bar).to_contain_text("Dial this number")
    sato.page.keyboard.press("y")
    expect(sato.bar.get_by_label("Code they read out")).to_be_focused()
    sato.page.keyboard.type(claimant.code)
    sato.page.keyboard.press("Enter")
    expect(sato.bar).to_contain_text("Confirmed")


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_refused_form_has_the_focus_on_its_summary_and_leads_to_the_field(site, someone, scripts):
    mei = someone(Member, on=PHONE, java_script_enabled=scripts)
    mei.opens("/account/sign-up/")
    mei.presses("Send me the link")
    expect(mei.page).to_have_title(re.compile("^Error: Sign up"))
    expect(mei.page.locator(".error-summary")).to_be_focused()
    if scripts:
        assert faults_of(mei.page) == []
    mei.page.get_by_role("link", name="E-mail address: Enter").click()
    expect(mei.page.get_by_label("E-mail address")).to_be_focused()
