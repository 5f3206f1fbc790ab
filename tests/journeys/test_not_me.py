"""*This was not me*: the link in the notice to the old address, and what the thief can do with it."""

import pytest

from accounts.models import User
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Claimant, Member, Visitor
from tests.support.people import THIEF_EMAIL, THIEF_PASSWORD
from tests.support.site import CodeApp, link_in

pytestmark = [pytest.mark.journey]


def _link(site, address: str) -> str:
    return link_in(site.mail.wait_for(address, "Your sign-in e-mail was changed").text, "/not-me/")


def test_with_her_old_authenticator_she_beats_the_thief(site, desk, someone):
    hanako, thief = someone(Member, on=PHONE), someone(Member)
    old_app = CodeApp(desk.hanako.key)
    thief.signs_in(THIEF_EMAIL, THIEF_PASSWORD, CodeApp(desk.thief_key))

    hanako.opens(_link(site, desk.hanako.email))
    hanako.sees_headline("Was this you?")
    hanako.presses("This was not me")
    hanako.sees_headline("Your account is protected")
    thief.is_signed_out()

    hanako.types("Code from the authenticator app you had before", old_app.code())
    hanako.presses("Undo the changes")
    hanako.sees_headline("Choose a new password")
    hanako.types("New password", "seven-cranes-over-kamo")
    hanako.presses("Set password")
    thief.is_not_let_in(THIEF_EMAIL, THIEF_PASSWORD)
    thief.is_not_let_in(desk.hanako.email, THIEF_PASSWORD)
    hanako.signs_in(desk.hanako.email, "seven-cranes-over-kamo", old_app)
    hanako.opens("/account/methods/")
    hanako.sees("Your account was restored", desk.hanako.email)
    site.mail.wait_for(THIEF_EMAIL, "This address was removed from an account")


def test_a_thief_who_holds_only_the_old_mailbox_gets_nothing(site, desk, someone):
    before = User.objects.filter(pk=desk.hanako.user.pk).values("email", "password").get()
    link = _link(site, desk.hanako.email)
    thief, visitor = someone(Visitor), someone(Claimant, on=PHONE)

    # To look at the link does nothing.
    thief.opens(link)
    thief.sees_headline("Was this you?")
    assert "token" not in thief.page.url
    assert link.rstrip("/").rsplit("/", 1)[1] not in thief.page.url
    assert User.objects.filter(pk=desk.hanako.user.pk).values("email", "password").get() == before

    # The button protects the account, and asks for what a mailbox does not have.
    thief.presses("This was not me")
    thief.sees_headline("Your account is protected")
    for _try in range(5):
        field = thief.page.get_by_label("Code from the authenticator app you had before")
        field.fill("000000")
        thief.page.locator("form", has=field).get_by_role("button", name="Undo the changes").click()
        thief.page.wait_for_load_state()
    thief.sees("Let’s talk")
    assert thief.page.get_by_role("button", name="Undo the changes").count() == 0
    assert User.objects.filter(pk=desk.hanako.user.pk).values("email", "password").get() == before
    site.mail.wait_for(desk.hanako.email, "couldn’t confirm that your account is theirs")

    # By the call neither: one method of two, and no password is mailed for the asking.
    thief.opens("/account/password/forgot/")
    thief.types("E-mail address", desk.hanako.email)
    thief.presses("Send me the link")
    thief.sees_headline("Check your e-mail")
    visitor.asks(desk.hanako.email)
    visitor.reads("Nobody who speaks|You’re next|You’re number")
    assert not [mail for mail in site.mail.letters(desk.hanako.email) if "Choose" in mail.subject]
