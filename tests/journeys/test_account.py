"""Making an account by the link in a mail, with an authenticator and recovery codes, and coming back."""

import re

import pytest
from playwright.sync_api import expect

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
    mei.opens("/account/methods/")
    mei.sees("9 unused codes")
