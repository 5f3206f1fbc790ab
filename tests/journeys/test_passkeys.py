"""Passkeys in a real browser: made, shown in each place that asks for one, and refused where they must be."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as Stored
from playwright.sync_api import expect

from accounts.models import Authenticator
from common import clock
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Member
from tests.support.browser_passkeys import VirtualAuthenticator
from tests.support.site import CodeApp, link_in, move_in

pytestmark = [pytest.mark.journey]

PASSWORD = "quiet-rivers-of-tama"


def makes_one(member: Member, name: str = "") -> None:
    member.opens("/account/methods/passkey/")
    if name:
        member.types("Name for this passkey", name)
    member.presses("Create a passkey")
    member.sees("Your passkey is ready to use.")


def offers_nothing(member: Member) -> None:
    """A browser that offers no passkeys by itself, so that the button has to be pressed."""
    member.page.add_init_script(
        "if (window.PublicKeyCredential) "
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
    )


def leaves(member: Member) -> None:
    member.opens("/account/")
    member.presses("Sign out")
    member.sees_headline("You’re signed out")


def is_in(member: Member) -> None:
    expect(member.page).not_to_have_url(re.compile("/sign-in/"))
    expect(member.page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture
def hanako(site, someone):
    """At home, signed in with her app; her laptop can keep passkeys."""
    desk = move_in(site, taken_over=False)
    hanako = someone(Member)
    hanako.device = VirtualAuthenticator(hanako.page)
    hanako.actor = desk.hanako
    hanako.app = CodeApp(desk.hanako.key)
    hanako.signs_in(desk.hanako.email, desk.hanako.password, hanako.app)
    return hanako


def test_an_account_is_made_with_a_passkey(site, someone):
    mei = someone(Member, on=PHONE)
    phone = VirtualAuthenticator(mei.page)
    mei.opens("/account/sign-up/")
    mei.types("E-mail address", "mei@example.com")
    mei.presses("Send me the link")
    letter = site.mail.wait_for("mei@example.com", "Confirm your e-mail address")
    mei.opens(link_in(letter.text, "/account/sign-up/link/"))
    mei.types("Name", "Mei Ito")
    mei.types("New password", PASSWORD)
    mei.presses("Continue")
    mei.sees_headline("Set up two-step verification")
    mei.sees("recommended")
    mei.follows("Create a passkey")
    mei.presses("Create a passkey")
    mei.sees_headline("Save these recovery codes")
    assert len(phone.credentials()) == 1
    mei.follows("I’ve saved them")
    offers_nothing(mei)
    leaves(mei)

    # With her phone in her hand she needs neither address nor password.
    mei.opens("/account/sign-in/")
    mei.presses("Sign in with a passkey")
    is_in(mei)


def test_the_browser_offers_it_beside_the_address(hanako):
    """Where the browser shows passkeys while the address is typed, nothing need be pressed."""
    makes_one(hanako)
    leaves(hanako)
    hanako.opens("/account/sign-in/")
    is_in(hanako)


def test_it_is_the_second_step_and_confirms_a_change(hanako):
    makes_one(hanako, "Laptop")
    offers_nothing(hanako)
    leaves(hanako)
    hanako.gives_password(hanako.actor.email, hanako.actor.password)
    hanako.sees("Use the authenticator app instead", "Use a recovery code instead")
    hanako.presses("Use a passkey")
    is_in(hanako)
    hanako.opens("/account/methods/")
    hanako.sees("Laptop")

    # A quarter of an hour later a change asks for it again.
    hanako.device.verifies(False)
    _grows_old(hanako)
    hanako.opens("/account/email/")
    hanako.sees_headline("Confirm it’s you")
    hanako.presses("Use a passkey")
    hanako.sees("No passkey was used. Try again, or choose another way.")
    hanako.device.verifies(True)
    hanako.presses("Use a passkey")
    hanako.is_at("/account/email/")


def _grows_old(member: Member) -> None:
    """Her second factor was shown ten minutes ago."""
    for row in Stored.objects.all():
        session = SessionStore(row.session_key)
        if session.get("factor_at"):
            session["factor_at"] = int((clock.now() - timedelta(minutes=10)).timestamp())
            session.save()


def test_a_device_that_recognises_nobody_signs_nobody_in(hanako):
    makes_one(hanako)
    offers_nothing(hanako)
    leaves(hanako)
    hanako.opens("/account/sign-in/")
    hanako.device.verifies(False)
    hanako.presses("Sign in with a passkey")
    hanako.sees("No passkey was used. Try again, or choose another way.")
    expect(hanako.page.get_by_role("button", name="Sign in with a passkey")).to_be_focused()


ASK = """async (options) => {
    const plain = (t) => atob(t.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = (t) => Uint8Array.from(plain(t), (c) => c.charCodeAt(0));
    const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b)))
        .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
    const { id, response } = await navigator.credentials.get({
        publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: [] } });
    const parts = {};
    for (const part of ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
        parts[part] = text(response[part]);
    return JSON.stringify({ id, response: parts });
}"""


@pytest.mark.parametrize("copied", [True, False], ids=["on a copy of the site", "on the site itself"])
def test_what_was_signed_for_a_copy_of_the_site_lets_nobody_in(hanako, site, someone, copied):
    """The copy asks the portal for a challenge, has her browser sign it, and brings that to the portal."""
    makes_one(hanako)
    thief = someone(Member, java_script_enabled=False)
    thief.opens("/account/sign-in/")
    token = thief.page.locator("input[name=csrfmiddlewaretoken]").last.input_value()
    sends = {"X-CSRFToken": token, "Origin": site.url}
    asked = thief.page.request.post(f"{site.url}/account/passkey/challenge/", headers=sends).json()
    if copied:
        copy = "http://localhost:8999/"
        hanako.page.route(
            copy, lambda route: route.fulfill(body="<h1>Sign in</h1>", content_type="text/html")
        )
        hanako.page.goto(copy)
    signed = hanako.page.evaluate(ASK, asked)
    answer = thief.page.request.post(
        f"{site.url}/account/sign-in/passkey/alone/", headers=sends, form={"code": signed}, max_redirects=0
    )
    assert answer.status == (422 if copied else 302)


def test_a_copy_of_it_is_refused(hanako, site, someone):
    makes_one(hanako)
    offers_nothing(hanako)
    leaves(hanako)
    hanako.opens("/account/sign-in/")
    hanako.presses("Sign in with a passkey")
    is_in(hanako)
    leaves(hanako)
    hanako.device.turned_back()
    hanako.opens("/account/sign-in/")
    hanako.presses("Sign in with a passkey")
    hanako.sees("You couldn’t be signed in this way.")


def test_the_password_alone_adds_no_app_where_a_passkey_is_all_there_is(hanako, someone):
    makes_one(hanako)
    offers_nothing(hanako)
    hanako.opens("/account/methods/")
    app = Authenticator.objects.get(user=hanako.actor.user, kind="totp")
    hanako.page.locator(f'a[href="/account/methods/{app.pk}/remove/"]').click()
    hanako.presses("Use a passkey")
    hanako.presses("Remove it")
    hanako.sees("The authenticator app was removed.")

    thief = someone(Member)
    thief.gives_password(hanako.actor.email, hanako.actor.password)
    thief.sees_headline("Two-step verification")
    assert thief.page.get_by_text("Use the authenticator app instead").count() == 0
    for path in (
        "/account/enrol/",
        "/account/enrol/app/",
        "/account/enrol/passkey/",
        "/account/methods/add/",
    ):
        thief.opens(path)
        thief.is_at("/account/sign-in/verify/")
    assert not Authenticator.objects.filter(user=hanako.actor.user, kind="totp", removed_at=None).exists()


def test_without_scripts_the_pages_say_so_and_offer_the_other_ways(hanako, someone):
    makes_one(hanako)
    plain = someone(Member, java_script_enabled=False)
    plain.opens("/account/sign-in/")
    assert "Passkeys need JavaScript" in plain.page.content()
    plain.gives_password(hanako.actor.email, hanako.actor.password)
    assert "Passkeys need JavaScript" in plain.page.content()
    plain.presses("Use a passkey")
    plain.sees("No passkey was shown. Try again, or choose another way.")
    plain.follows("Use the authenticator app instead")
    plain.gives_code(hanako.app)
    is_in(plain)
