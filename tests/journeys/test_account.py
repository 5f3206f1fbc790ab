"""Making an account by the link in a mail, with an authenticator and recovery codes, and coming back."""

import re

import pytest
from playwright.sync_api import expect

from accounts.sign_up import services as sign_up
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Member
from tests.support.site import CodeApp, link_in

pytestmark = [pytest.mark.journey]

PASSWORD = "quiet-rivers-of-tama"


def test_an_account_is_made_and_signed_in_to(site, someone):
    mei = someone(Member, on=PHONE)
    mei.opens("/")
    mei.follows("create an account")
    mei.types("E-mail address", "mei@example.com")
    mei.presses("Send me the link")
    mei.sees_headline("Check your e-mail")
    letter = site.mail.wait_for("mei@example.com", "Confirm your e-mail address")

    mei.opens(link_in(letter.text, "/account/sign-up/link/"))
    mei.types("Name", "Mei Ito")
    mei.types("New password", PASSWORD)
    expect(mei.page.locator("#strength")).not_to_be_empty()
    mei.presses("Continue")

    # Nothing opens before the second factor is there.
    mei.sees_headline("Set up two-step verification")
    mei.opens("/account/")
    mei.is_at("/account/enrol/")
    mei.follows("Set up an authenticator app")
    expect(mei.page.get_by_role("img", name="QR code")).to_be_visible()
    mei.page.get_by_text("I can’t scan it").click()
    app = CodeApp(re.sub(r"\s", "", mei.page.locator("#key").inner_text()))
    mei.types("Code shown in your app", app.code())
    mei.types("Name for this app or device", "My phone")
    mei.presses("Use this app")
    mei.sees_headline("Save these recovery codes")
    codes = [re.sub(r"\s", "", one) for one in mei.page.locator("#codes .visually-hidden").all_inner_texts()]
    assert len(set(codes)) == 10
    mei.follows("I’ve saved them")
    mei.presses("Sign out")
    mei.sees_headline("You’re signed out")

    mei.signs_in("mei@example.com", PASSWORD, app)
    mei.opens("/account/methods/")
    mei.sees("My phone", "10 unused codes")
    mei.presses("Sign out")

    # And without the phone, by a code from the list.
    mei.gives_password("mei@example.com", PASSWORD)
    mei.follows("Use a recovery code instead")
    mei.types("Recovery code", codes[0])
    mei.presses("Confirm")
    mei.sees_headline("Write down your new recovery code")
    mei.presses("I’ve written it down")
    mei.opens("/account/methods/")
    mei.sees("10 unused codes")


def test_a_password_is_suggested_shown_copied_and_taken(site, someone):
    mei = someone(Member, on=PHONE)
    mei.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    mei.opens("/account/sign-up/")
    mei.types("E-mail address", "mei@example.com")
    mei.presses("Send me the link")
    letter = site.mail.wait_for("mei@example.com", "Confirm your e-mail address")
    mei.opens(link_in(letter.text, "/account/sign-up/link/"))
    mei.types("Name", "Mei Ito")
    field = mei.page.get_by_label("New password", exact=True)
    mei.presses("Suggest a password")
    first = field.input_value()
    assert re.fullmatch(r"([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}", first)
    expect(field).to_have_attribute("type", "text")
    expect(mei.page.locator("#strength")).to_contain_text("Very hard to guess")
    mei.presses("Copy")
    expect(mei.page.locator(".suggest")).to_contain_text("Copied.")
    assert mei.page.evaluate("navigator.clipboard.readText()") == first
    mei.presses("Suggest a password")
    assert field.input_value() != first
    mei.presses("Continue")
    mei.sees_headline("Set up two-step verification")


def test_without_scripts_nobody_offers_to_suggest_one(site, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/account/sign-up/link/{sign_up.make_token('mei@example.com')}/")
    expect(page.get_by_label("New password", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Suggest a password")).to_have_count(0)
    context.close()
