"""The story as it is told: an account is taken over before midnight, and given back before the call ends."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Session
from notifications.models import Delivery
from recovery.models import CallAttempt
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Agent, Claimant, Member
from tests.support.people import THIEF_EMAIL, THIEF_PASSWORD
from tests.support.site import CodeApp, hire, link_in

pytestmark = [pytest.mark.journey]

NEW_PASSWORD = "seven-cranes-over-kamo"


def test_hanako_gets_her_account_back(site, desk, someone):
    suzuki = hire(site, "Suzuki", "admin")
    claimant = someone(Claimant, on=PHONE)
    sato, thief = someone(Agent), someone(Member)
    old_app = CodeApp(desk.hanako.key)
    thief.signs_in(THIEF_EMAIL, THIEF_PASSWORD, CodeApp(desk.thief_key))
    sato.comes_in(desk.sato)
    sato.goes_on_duty()

    # She asks, and protection starts before anybody calls.
    claimant.asks(desk.hanako.email)
    claimant.reads("You’re next")
    claimant.sees("under 1 minute")
    words = claimant.words
    assert len(words) == 2
    site.mail.wait_for(desk.hanako.email, "Your sign-in details are frozen")
    thief.is_signed_out()

    # Sato's page shows the offer without being loaded again.
    sato.is_offered("Takeover in progress", "English")
    sato.accepts()
    claimant.reads("Sato will call you shortly")
    assert claimant.page.locator("#call .code").count() == 0
    sato.sees("Suspected takeover")
    expect(sato.main).not_to_contain_text("Hanako")

    # The call: her page says who is calling, he says the words that she sees, she reads out the code.
    sato.calls()
    claimant.reads("Sato is calling you now")
    expect(sato.bar.get_by_role("link", name="1234")).to_have_attribute("href", "tel:+819012345678")
    assert sato.words == claimant.words == words
    code = claimant.code
    assert code not in sato.page.content()
    sato.is_answered()
    claimant.reads("You’re on the phone with Sato")
    sato.hears_the_code(code)
    # Only now he sees whose account it is, and what happened to it.
    expect(sato.page.locator("figure.timeline svg")).to_be_visible()
    expect(sato.main).to_contain_text("Hanako Mori")
    claimant.sees("Done: the agent knows they’re speaking to you.")

    # Two things that were hers before, typed on her own page.
    expect(sato.side.get_by_role("button", name="Restore the account")).to_be_disabled()
    sato.asks_for("Code to")
    mail = site.mail.wait_for(desk.hanako.email, "Your code for our call")
    mailed = re.search(r"\s(\d{3} \d{3})\s", mail.text)
    assert mailed
    claimant.answers("Code from your e-mail", mailed[1])
    sato.sees_shown("Code to")
    sato.asks_for("Previous authenticator app")
    claimant.answers("Code from your authenticator app", old_app.code())
    sato.sees_shown("Previous authenticator app")
    expect(sato.side).to_contain_text("Enough evidence")

    # The plan, a second factor of this minute, and all of it at once.
    _let_time_pass_since_second_factor(desk.sato.user.pk)
    sato.follows("Restore the account…")
    sato.sees_headline("Confirm it’s you")
    expect(sato.bar).to_contain_text("Confirmed")
    sato.gives_code(sato.app)
    sato.sees_headline("Restore the account of Hanako Mori?")
    expect(sato.main).to_contain_text("After the restore")
    expect(sato.main).to_contain_text("All ended")
    sato.presses("Restore now")
    sato.sees("The account is restored.")
    claimant.reads("Your account has been restored")
    claimant.sees("You’re still on the phone with Sato")
    sato.presses("The call has ended", sato.bar)
    claimant.reads("Your account is yours again")
    assert CallAttempt.objects.count() == 1

    # Nobody at the desk chose a password: she does, by the link in her mailbox.
    link = link_in(
        site.mail.wait_for(desk.hanako.email, "Choose a new password").text, "/account/password/link/"
    )
    claimant.opens(link)
    claimant.types("New password", NEW_PASSWORD)
    claimant.presses("Set password")
    hanako = Member(claimant.page, site.url)
    hanako.signs_in(desk.hanako.email, NEW_PASSWORD, old_app)
    thief.is_not_let_in(THIEF_EMAIL, THIEF_PASSWORD)

    # The letter at once, the question tomorrow, and nothing of it to the thief's mailbox.
    letter = site.mail.wait_for(desk.hanako.email, "what we found")
    assert "Netherlands" in letter.text
    tomorrow = (datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=1)).date()
    check_in = Delivery.objects.get(message="check_in")
    assert (check_in.address, timezone.localdate(check_in.due_at, ZoneInfo("Asia/Tokyo"))) == (
        desk.hanako.email,
        tomorrow,
    )
    thieves = [mail.subject for mail in site.mail.letters(THIEF_EMAIL)]
    assert "This address was removed from an account" in thieves
    assert not [one for one in thieves if "found" in one or "Choose" in one]

    # The admin finds all of it.
    case = CallAttempt.objects.get().callback.case_id
    admin = someone(Member)
    admin.signs_in(suzuki.email, suzuki.password, CodeApp(suzuki.key))
    admin.follows("Audit trail")
    admin.types("Search the audit trail", f"case {case}")
    admin.presses("Search")
    told = admin.page.locator("table.trail")
    for action in (
        "case.opened",
        "call.offer_accepted",
        "evidence.passed",
        "credential.restored",
        "case.restored",
    ):
        expect(told.get_by_role("link", name=action, exact=True).first).to_be_visible()


def _let_time_pass_since_second_factor(person: int) -> None:
    """As if the call had taken ten minutes."""
    for session in Session.objects.filter(user=person, ended_at=None):
        store = SessionStore(session_key=session.key)
        store["factor_at"] -= 600
        store.save()
