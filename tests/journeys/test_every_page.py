"""Every page as its people find it: readable for all, in light and in dark, and on a narrow phone.

`make pictures` goes the same ways and takes pictures instead, named by the test's mark and the page's name.
"""

import re
from datetime import timedelta
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.hashers import make_password
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts import links
from accounts.importing import services as importing
from accounts.importing.parsing import Entry
from accounts.models import CredentialChange, Identifier
from audit import context
from audit.context import Context
from common import clock, codes
from notifications import linkless, rendering
from notifications.models import Delivery
from recovery import current_work
from recovery import links as dispute_links
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.cases import admission, changes
from recovery.evidence import services as evidence
from recovery.models import Approval, Case, Dispute
from recovery.models.case import RefusalReason
from recovery.models.evidence import Method
from recovery.queue import shifts
from recovery.restoration import services as restoration
from recovery.states import AttemptState
from recovery.takeover import selectors as takeover_selectors
from tests.journeys.conftest import PHONE
from tests.notifications.samples import HANAKO, KENJI, SAMPLES
from tests.support import contacts, passkeys, people
from tests.support import former_partner as former
from tests.support.browser_pages import Agent, Claimant, Member, Visitor, until
from tests.support.desk_scenario import Desk
from tests.support.site import CodeApp, hire, link_in, move_in

pytestmark = [pytest.mark.journey]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = "async () => (await axe.run(document, {runOnly: ['color-contrast']})).violations"

TOO_WIDE = """
    document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")]
    .filter(e => e.checkVisibility() && !e.closest(".scroll *, svg *"))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))
"""


def faults_of(page: Page) -> list[Any]:
    """What stands in the way of somebody: found by axe, in the dark, or by a narrow phone."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(CONTRAST)
    page.emulate_media(color_scheme="light")
    faults = [(page.url, each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": 320, "height": 640})
    if wide := page.evaluate(TOO_WIDE):
        faults.append((page.url, "sideways", wide))
    page.set_viewport_size(usual)
    return faults


class LookAt(Protocol):
    def __call__(self, visitor: Visitor, open_now: str = "", /, **opened: str) -> None: ...


@pytest.fixture
def look_at(request: pytest.FixtureRequest, language: str) -> LookAt:
    """Pages to be opened, ``look_at(hanako, history="/account/history/")``, or the open one by a name,
    ``look_at(hanako, "wrong_code")``."""
    camera = request.config.pluginmanager.get_plugin("camera")
    group = request.node.get_closest_marker("pages").args[0]

    def look(visitor: Visitor, open_now: str = "", /, **opened: str) -> None:
        faults = []
        for name, path in opened.items() or [(open_now, "")]:
            if path:
                visitor.opens(path)
            if camera:
                camera.take(visitor.page, f"{group}-{name}", language)
            else:
                faults += faults_of(visitor.page)
        assert faults == []

    return look


def _follow(claimant: Claimant, capability: str) -> None:
    claimant.page.context.add_cookies([{"name": "case", "value": capability, "url": claimant.url}])


@pytest.mark.pages("everybody")
def test_pages_for_everybody(site, desk, someone, look_at):
    look_at(
        someone(Member, on=PHONE),
        home="/",
        help="/help/",
        no_case="/status/",
        not_found="/nowhere/",
        sign_in="/account/sign-in/",
        sign_up="/account/sign-up/",
        sign_up_sent="/account/sign-up/sent/",
        signed_out="/account/signed-out/",
        forgot="/account/password/forgot/",
        forgot_sent="/account/password/forgot/sent/",
        broken_link="/account/sign-up/link/broken/",
        not_me_without_link="/not-me/",
    )
    change = CredentialChange.objects.filter(user=desk.hanako.user, kind="email").latest("pk")
    hanako = someone(Member, on=PHONE)
    look_at(hanako, not_me=links.not_me(change.pk))
    hanako.presses("This was not me")
    hanako.sees_headline("Your account is protected")
    look_at(hanako, "not_me_said")
    hanako.types("Code from the authenticator app you had before", CodeApp(desk.hanako.key).code())
    hanako.presses("Undo the changes")
    hanako.sees_headline("Choose a new password")
    look_at(hanako, "not_me_undone")


@pytest.mark.pages("sign_in_notice")
def test_what_the_notice_of_a_sign_in_leads_to(site, someone, language, look_at):
    hanako = move_in(site, taken_over=False, language=language).hanako
    session = people.come_in(hanako.user, people.ABROAD, clock.now() - timedelta(minutes=5))
    reader = someone(Member, on=PHONE)
    look_at(reader, open=links.not_me_session(session))
    reader.presses("This was not me")
    reader.sees_headline("That session was signed out")
    look_at(reader, "said")
    reader.types("One of the recovery codes you had before", "0000 0000 0000 0000")
    reader.page.get_by_role("button", name=reader.words_for("Choose a new password")).last.click()
    reader.sees("This code is incorrect or has already been used.")
    look_at(reader, "wrong_code")
    her = someone(Member, on=PHONE)
    her.signs_in(hanako.email, hanako.password, CodeApp(hanako.key))
    look_at(her, frozen="/account/methods/")
    her.presses("Review the sign-in")
    her.sees_headline("That session was signed out")


@pytest.mark.pages("mail_code")
def test_who_gets_mails_without_links_types_a_code(site, someone, look_at):
    visitor = someone(Visitor, on=PHONE)
    visitor.opens("/")
    visitor.follows("Enter a code from an e-mail")
    look_at(visitor, "empty")
    visitor.types("Code from the e-mail", "K7QM-3XFD-9T2W-8HPA")
    visitor.presses("Open the page")
    visitor.sees("This code is incorrect or no longer works.")
    expect(visitor.page.locator(".error-summary")).to_be_focused()
    look_at(visitor, "wrong")


@pytest.mark.pages("mails_without_links")
def test_mails_without_links_in_a_mail_program(someone, language, look_at, settings):
    settings.LINKLESS_MAILS = True
    to = {"en": KENJI, "ja": HANAKO}[language]
    reader = someone(Visitor, on=PHONE)
    for name in ("credential_changed", "digest", "password_link"):
        with transaction.atomic():
            delivery = Delivery.objects.get(pk=SAMPLES[name](to))
            linkless.prepare(delivery)
            letter = rendering.write(delivery)
            transaction.set_rollback(True)
        reader.page.set_content(_in_a_mail_program(letter))
        look_at(reader, name)


def _in_a_mail_program(letter: rendering.Letter) -> str:
    """A mail program shows it as the main part of its own page."""
    return letter.html.replace("<body>", "<body><main>").replace("</body>", "</main></body>")


@pytest.mark.pages("is_this_you")
def test_who_doubts_a_mail_or_a_call_asks_whether_it_is_us(site, desk, someone, look_at):
    visitor = someone(Visitor, on=PHONE)
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    desk.asks()
    attempt = desk.calls(desk.accepted())
    look_at(visitor, empty="/is-this-you/")
    visitor.presses("Check the call")
    visitor.sees("Enter the phone number that was called.")
    expect(visitor.page.locator(".error-summary")).to_be_focused()
    look_at(visitor, "no_number")
    visitor.types("Your phone number (the one that was called)", "090-1234-5678")
    visitor.types("Name of the caller", "さとう")
    visitor.presses("Check the call")
    visitor.sees_headline("Is this really us?")
    visitor.sees("Yes, we’re calling this number now")
    expect(visitor.page.locator(".notice.live")).to_be_focused()
    look_at(visitor, "calling")
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    visitor.presses("Check the call")
    visitor.sees("Our call is over")
    look_at(visitor, "over")
    (reference,) = re.findall(r"(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}", site.mail.wait_for(desk.hanako.email).text)
    visitor.types("Reference at the end of the e-mail", reference)
    visitor.types("Address that received the e-mail", "nobody@example.com")
    visitor.presses("Check the e-mail")
    visitor.sees("We can’t confirm that this is us")
    look_at(visitor, "unknown_reference")
    visitor.types("Address that received the e-mail", desk.hanako.email)
    visitor.presses("Check the e-mail")
    visitor.sees("Yes, we sent an e-mail with this reference")
    look_at(visitor, "known_reference")


@pytest.mark.pages("claimant")
def test_what_a_claimant_sees_from_the_request_to_the_end(desk, someone, language, look_at):
    claimant = someone(Claimant, on=PHONE)
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    case, capability = desk.asks(language=language)
    _follow(claimant, capability)
    look_at(
        claimant,
        waiting="/status/",
        number="/status/number/",
        time="/status/time/",
        cancel="/status/cancel/",
    )
    case = desk.accepted()
    look_at(claimant, accepted="/status/")
    attempt = desk.calls(case)
    look_at(claimant, calling="/status/", cancel_while_calling="/status/cancel/")
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)
    address = takeover_selectors.offerable(case).addresses[0]
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    look_at(claimant, answering="/status/")
    claimant.answers("Code from your e-mail", "12")
    look_at(claimant, "wrong_code")
    assert desk.shows_recovery_code(case)
    assert desk.shows_app(case)
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    look_at(claimant, after_the_call="/status/")
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    look_at(claimant, restored="/status/")
    claimant.presses("Show code")
    claimant.sees_headline("Your new recovery code")
    look_at(claimant, "recovery_code")


@pytest.mark.pages("ending")
def test_how_a_request_can_end(desk, someone, look_at):
    claimant = someone(Claimant, on=PHONE)
    sato = desk.sato.user.pk
    shifts.go_on_duty(agent_id=sato)
    for digit, ending in enumerate(("again", "refused", "unreachable", "withdrawn")):
        shifts.end_wrap_up(agent_id=sato)
        case, capability = desk.asks(number=f"+81901234567{digit}")
        case = desk.accepted()
        _follow(claimant, capability)
        if ending in ("again", "unreachable"):
            no = AttemptState.INVALID_NUMBER if ending == "unreachable" else AttemptState.NO_ANSWER
            calls.unanswered(attempt=desk.calls(case), agent_id=sato, outcome=no)
        elif ending == "refused":
            changes.refuse(case=case, by=sato, reason=RefusalReason.NOT_SHOWN)
        else:
            changes.withdraw(case=case)
        look_at(claimant, **{ending: "/status/"})


@pytest.mark.pages("asking")
def test_the_questions_before_a_call(desk, someone, look_at):
    claimant = someone(Claimant, on=PHONE)
    claimant.opens("/help/taken-over/")
    look_at(claimant, "noticed")
    claimant.presses("Continue")
    claimant.sees_headline("Which e-mail address do you sign in with?")
    look_at(claimant, "email")
    claimant.presses("Continue")
    claimant.sees("There is a problem")
    look_at(claimant, "email_refused")
    claimant.types("E-mail address", desk.hanako.email)
    claimant.presses("Continue")
    claimant.sees_headline("Which number should we call?")
    look_at(claimant, "number")
    claimant.types("Your phone number", "090-1234-5678")
    claimant.presses("Continue")
    claimant.sees_headline("When should we call?")
    look_at(claimant, "time")
    claimant.presses("Continue")
    claimant.reads("Check your answers")
    look_at(claimant, "check")


@pytest.mark.pages("asking")
def test_in_a_crowded_network_she_waits_or_opens_a_mailed_link(site, someone, look_at):
    claimant = someone(Claimant, on=PHONE)
    # Many others have asked from this network within the hour.
    for _ in range(12):
        admission.admit(email="x@example.com", number="+819011112222", address="127.0.0.1", browser="")
    claimant.opens("/help/taken-over/")
    claimant.says("kenji@example.com")
    claimant.sends()
    claimant.reads("Please wait a moment")
    look_at(claimant, "wait")
    claimant.presses("Ask for the call")
    claimant.sees("That was a little early.")
    look_at(claimant, "too_early")
    claimant.presses("Change what I entered")
    claimant.reads("Check your answers")
    claimant.sees("090-1234-5678")
    claimant.sends()
    claimant.presses("Skip the wait: send me an e-mail")
    claimant.reads("Check your e-mail")
    look_at(claimant, "mailed")
    claimant.opens(link_in(site.mail.wait_for("kenji@example.com").text, "/link/"))
    claimant.reads("Ask for the call")
    look_at(claimant, "by_the_link")
    claimant.presses("Ask for the call")
    claimant.is_at("/status/")


@pytest.mark.pages("account")
def test_the_pages_of_an_account(site, someone, language, look_at):
    desk = move_in(site, taken_over=False, language=language)
    passkeys.bind(desk.hanako, people.HOME, clock.now() - timedelta(weeks=3))
    hanako, app = someone(Member, on=PHONE), CodeApp(desk.hanako.key)
    hanako.gives_password(desk.hanako.email, desk.hanako.password)
    look_at(
        hanako,
        second_factor="/account/sign-in/code/",
        second_factor_by_passkey="/account/sign-in/passkey/",
        second_factor_by_recovery_code="/account/sign-in/recovery-code/",
    )
    hanako.opens("/account/sign-in/code/")
    hanako.gives_code(app)
    hanako.page.wait_for_url(lambda url: "sign-in" not in url)
    own = "/account/"
    look_at(hanako, overview=own)
    look_at(
        hanako,
        **{one: f"{own}{one}/" for one in ("history", "profile", "methods", "sessions", "password", "email")},
    )
    look_at(
        hanako,
        new_app=f"{own}methods/add/",
        new_passkey=f"{own}methods/passkey/",
        recovery_codes=f"{own}methods/recovery-codes/",
    )
    hanako.presses("Create new codes")
    hanako.sees_headline("Save these recovery codes")
    look_at(hanako, "new_recovery_codes")
    people.come_in(desk.hanako.user, people.OSAKA, clock.now())
    # A code pays for one change.
    hanako.opens("/account/sign-in/code/")
    hanako.gives_code(app)
    hanako.page.wait_for_url(lambda url: "sign-in" not in url)
    hanako.opens(f"{own}methods/")
    hanako.sees("End my other sessions")
    look_at(hanako, "asked_about_other_sessions")
    hanako.follows("Rename")
    look_at(hanako, "rename")
    passkey = passkeys.row_of(desk.hanako).pk
    look_at(hanako, remove_passkey=f"{own}methods/passkey/{passkey}/remove/")
    hanako.opens(f"{own}methods/")
    hanako.follows("Replace")
    look_at(hanako, "replace_app")

    hanako.opens(f"{own}email/")
    hanako.types("New e-mail address", "hanako.mori@example.net")
    hanako.presses("Send the link")
    hanako.sees("is waiting to be confirmed.")
    look_at(hanako, "email_pending")
    told, asked = (site.mail.wait_for(to).text for to in (desk.hanako.email, "hanako.mori@example.net"))
    look_at(
        hanako,
        stop_email=link_in(told, "/email/stop/link/"),
        confirm_email=link_in(asked, "/email/link/"),
    )
    hanako.presses("Yes, use the new address")
    hanako.sees_headline("Your new address is in use")
    look_at(hanako, "email_changed")


@pytest.mark.pages("companions")
def test_who_else_hears_and_who_can_vouch(site, someone, language, look_at):
    """The second address, the recovery contacts, and the code in place of a used one."""
    desk = move_in(site, taken_over=False, language=language)
    contact = contacts.accepted(desk.hanako)
    _jun, invited = contacts.invited(desk.hanako, name="Jun Abe", address="jun@example.net", at=clock.now())
    hanako = someone(Member, on=PHONE)
    hanako.gives_password(desk.hanako.email, desk.hanako.password)
    hanako.opens("/account/sign-in/recovery-code/")
    hanako.types("Recovery code", desk.hanako.recovery_codes[0])
    hanako.presses("Confirm")
    hanako.sees_headline("Write down your new recovery code")
    look_at(hanako, "fresh_code")
    look_at(hanako, check_codes="/account/methods/recovery-codes/check/", contacts="/account/contacts/")
    look_at(hanako, add_contact="/account/contacts/add/")
    hanako.presses("Send the invitation")
    hanako.sees("There is a problem")
    look_at(hanako, "no_contact")
    look_at(hanako, remove_contact=f"/account/contacts/{contact.pk}/remove/")
    hanako.opens("/account/notices/")
    hanako.types("Second notification address", "taro@example.net")
    hanako.presses("Send the link")
    hanako.sees("is waiting to be confirmed.")
    mika = someone(Visitor, on=PHONE)
    look_at(mika, invited=f"/account/contact/link/{invited}/")
    mika.presses("Yes, I accept")
    mika.sees("recovery contact for")
    look_at(mika, "accepted")
    mika.presses("Stop being a contact")
    mika.sees_headline("You’re no longer a recovery contact")
    look_at(mika, "resigned")
    link = link_in(site.mail.wait_for("taro@example.net").text, "/account/notices/link/")
    look_at(mika, confirm_notice=link)
    mika.presses("Yes, send notices here")
    mika.sees_headline("Notices will go to this address too")
    look_at(mika, "notice_confirmed")


@pytest.mark.pages("vouching")
def test_what_a_recovery_contact_sees_who_is_asked(site, desk, someone, language, look_at):
    mika = contacts.accepted(desk.hanako)
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    case, capability = desk.asks(language=language)
    case = desk.talking()
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.CONTACT, target=mika.pk)
    link = link_in(site.mail.wait_for(contacts.MIKA, count=2).text, "/vouch/link/")
    claimant, contact = someone(Claimant, on=PHONE), someone(Visitor, on=PHONE)
    _follow(claimant, capability)
    look_at(claimant, contact_asked="/status/")
    look_at(contact, asked=link)
    contact.presses("Continue")
    contact.sees("There is a problem")
    look_at(contact, "no_statement")
    contact.chooses("Someone wrote to me or called me, and asked me to open this link or to confirm.")
    contact.presses("Continue")
    contact.sees_headline("Don’t confirm anything")
    look_at(contact, "warned")
    contact.opens(link)
    contact.chooses("I called them myself on a number I already knew, or met them, and recognised them.")
    contact.presses("Continue")
    look_at(contact, "confirm")
    contact.opens(link)
    contact.presses("Report a fraud")
    contact.sees_headline("Thank you")
    look_at(contact, "fraud_reported")
    look_at(contact, over=link)
    agent = someone(Agent)
    agent.comes_in(desk.sato)
    look_at(agent, fraud_at_the_desk=f"/desk/case/{case.pk}/")


@pytest.mark.pages("joining")
def test_the_way_to_an_account(site, someone, look_at):
    mei = someone(Member, on=PHONE)
    mei.opens("/account/sign-up/")
    mei.types("E-mail address", "mei@example.com")
    mei.presses("Send me the link")
    mei.is_at("/account/sign-up/sent/")
    look_at(mei, details=link_in(site.mail.wait_for("mei@example.com").text, "/account/sign-up/link/"))
    mei.types("Name", "Mei Ito")
    mei.presses("Suggest a password")
    mei.sees("Very hard to guess")
    look_at(mei, "suggested_password")
    mei.types("New password", "quiet-rivers-of-tama")
    mei.presses("Continue")
    mei.sees_headline("Set up two-step verification")
    look_at(mei, "choose_second_factor")
    mei.follows("Create a passkey")
    look_at(mei, "second_factor_passkey")
    mei.follows("Choose another way")
    mei.follows("Set up an authenticator app")
    look_at(mei, "second_factor")


@pytest.mark.pages("imported")
def test_what_somebody_sees_whose_account_was_imported(site, someone, language, look_at):
    email, password = "kei@example.jp", "kita-no-umi-2019"
    entry = Entry(2, email, email, make_password(password), "Kei", "", "", language, "UTC")
    list(importing.run([entry], importing.Counts()))
    kei = someone(Member, on=PHONE)
    kei.gives_password(email, password)
    kei.is_at("/account/enrolment/sent/")
    look_at(kei, "sent")
    link = link_in(site.mail.wait_for(email).text, "/account/enrolment/link/")
    look_at(kei, link=link)
    kei.types("Password", password)
    kei.presses("Continue")
    kei.sees_headline("Set up two-step verification")


@pytest.mark.pages("mails")
def test_every_mail_in_a_mail_program(someone, language, look_at):
    reader = someone(Visitor, on=PHONE)
    to = {"en": KENJI, "ja": HANAKO}[language]
    for name, make in SAMPLES.items():
        with transaction.atomic():
            letter = rendering.write(Delivery.objects.get(pk=make(to)))
            transaction.set_rollback(True)
        reader.page.set_content(_in_a_mail_program(letter))
        look_at(reader, re.sub(r"\W+", "_", name))


@pytest.mark.pages("doubt")
def test_what_somebody_sees_whose_changes_are_doubted(desk, someone, look_at):
    visitor, app = someone(Member, on=PHONE), CodeApp(desk.thief_key)
    visitor.signs_in(people.THIEF_EMAIL, people.THIEF_PASSWORD, app)
    look_at(visitor, overview="/account/", was_this_you="/account/was-this-you/")
    case, _capability = desk.asks()
    until(visitor.page, lambda: Case.objects.filter(pk=case.pk, protected_at__isnull=False).exists())
    visitor.gives_password(people.THIEF_EMAIL, people.THIEF_PASSWORD)
    visitor.gives_code(app)
    visitor.sees("This account is protected right now")
    look_at(visitor, "sign_in_refused")
    visitor.follows("Was this you? Review the changes")
    visitor.sees_headline("Was this you?")
    look_at(visitor, "was_this_you_while_protected")
    visitor.types("A code from before these changes", "000000")
    visitor.presses("Yes, it was me")
    visitor.sees("This code is incorrect")
    look_at(visitor, "wrong_code")
    visitor.types("A code from before these changes", CodeApp(desk.hanako.key).code())
    visitor.presses("No, undo it")
    visitor.sees_headline("Choose a new password")


@pytest.mark.pages("desk")
def test_the_desk_and_a_case(desk, someone, language, look_at):
    agent = someone(Agent)
    agent.comes_in(desk.sato)
    look_at(agent, "off_duty")
    desk.asks("kenji@example.com", "+819087654321", language=language)
    agent.goes_on_duty()
    agent.is_offered()
    look_at(agent, "offered")
    agent.accepts()
    look_at(agent, "case_without_account")
    agent.refuses("No account uses the address given")
    look_at(agent, wrapping_up="/desk/")
    agent.presses("I’m ready")
    desk.asks(language=language)
    agent.is_offered()
    agent.accepts()
    look_at(agent, "case")
    agent.calls()
    look_at(agent, "calling")
    case = current_work.case_in_work(desk.sato.user.pk)
    assert case is not None
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    agent.is_answered()
    agent.types_read_out("000000" if attempt.read_out != "000000" else "111111")
    look_at(agent, "wrong_read_out")
    agent.hears_the_code(attempt.read_out)
    agent.asks_for("Previous authenticator app")
    look_at(agent, "talking")
    assert desk.shows_app(case)
    assert desk.shows_recovery_code(case)
    agent.follows("Restore the account…")
    agent.sees_headline("Restore the account of Hanako Mori?")
    look_at(agent, "restore")
    agent.presses("Restore now")
    agent.sees("The account is restored.")
    look_at(agent, "restored")


@pytest.mark.pages("dispute")
def test_the_pages_of_a_dispute(site, someone, language, look_at):
    """The claimant's, hers by the link, the agent's and the supervisor's."""
    desk = former.build(language=language)
    case = disputed_by_hand(desk)
    claimant, agent = someone(Claimant, on=PHONE), someone(Agent)
    agent.comes_in(desk.sato)
    look_at(agent, case=f"/desk/case/{case.pk}/")
    look_at(agent, announce=f"/desk/case/{case.pk}/announce/")
    agent.presses("Announce now")
    agent.sees("Every address on the account is notified.")
    look_at(agent, "announced")
    dispute = Dispute.objects.get()
    _follow(claimant, "hers")
    look_at(claimant, waiting="/status/", cancel="/status/cancel/")
    hanako = someone(Member, on=PHONE)
    address = Identifier.objects.get(user=desk.hanako.user, removed_at=None)
    look_at(hanako, told_to_the_owner=dispute_links.dispute(dispute.pk, address.pk))
    hanako.types("Code from the authenticator app you had before", CodeApp(desk.hanako.key).code())
    hanako.presses("Contest the request")
    hanako.sees_headline("The request was contested")
    look_at(hanako, "contested")
    supervisor = someone(Agent)
    supervisor.comes_in(desk.tanaka)
    look_at(supervisor, board="/board/", decision=f"/board/disputes/{dispute.pk}/")


def disputed_by_hand(desk: Desk) -> Case:
    """A former owner has shown two proofs, and a second person has approved."""
    case, _capability = desk.asks(language="en")
    Case.objects.filter(pk=case.pk).update(capability=codes.fingerprint("hers"))
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    case = desk.talking()
    assert desk.shows_recovery_code(case)
    (address,) = [one for one in takeover_selectors.offerable(case).addresses if one.value == former.OLD]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    asked.passed_at, asked.state = asked.asked_at, "passed"
    asked.save()
    with context.use(Context(actor=desk.sato.user.pk)):
        return former.approved(desk, case)


@pytest.mark.pages("board")
def test_the_board_an_approval_and_the_trail(site, desk, someone, language, look_at):
    suzuki = hire(site, "Suzuki", "admin", language=language)
    supervisor, admin = someone(Agent), someone(Member)
    supervisor.comes_in(desk.tanaka)
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    desk.asks("kenji@example.com", "+819087654321", language=language)
    look_at(supervisor, quiet="/board/")
    kenji = desk.accepted()
    changes.hand_back(case=kenji, by=desk.sato.user.pk, reason="The line is too bad.")
    desk.asks(language=language)
    case = desk.talking()
    address = takeover_selectors.offerable(case).addresses[0]
    assert desk.shows_recovery_code(case)
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    asked.passed_at, asked.state = asked.asked_at, "passed"
    asked.save()
    with context.use(Context(actor=desk.sato.user.pk)):
        approvals.request(case=case, agent_id=desk.sato.user.pk, reason="Her phone is gone as well.")
    look_at(
        supervisor,
        overview="/board/",
        reassign=f"/board/cases/{case.pk}/reassign/",
        approval=f"/board/approvals/{Approval.objects.get().pk}/",
        case_read_along=f"/desk/case/{case.pk}/",
    )

    admin.signs_in(suzuki.email, suzuki.password, CodeApp(suzuki.key))
    look_at(
        admin,
        trail="/trail/",
        trail_of_a_case=f"/trail/?case={case.pk}",
        trail_filter_refused="/trail/?country=jp1",
    )
    admin.opens(f"/trail/?case={case.pk}")
    admin.page.locator("table.trail a.sentence").first.click()
    admin.page.wait_for_url("**/trail/*-*/")
    look_at(admin, "event")
    admin.follows("Open the case…")
    look_at(admin, "case_reason")
    admin.types("Why do you want to view this case?", "Her complaint of yesterday.")
    admin.presses("Open the case")
    admin.sees("View only.")
    look_at(admin, "case")
    look_at(admin, not_understood="/trail/?q=blorp", partly=f"/trail/?case={case.pk}&q=blorp")


@pytest.mark.pages("staff")
def test_the_pages_about_staff(desk, site, someone, look_at):
    suzuki = hire(site, "Suzuki", "admin")
    admin = someone(Member, on=PHONE)
    app = CodeApp(suzuki.key)
    admin.signs_in(suzuki.email, suzuki.password, app)
    one = f"/staff/{desk.sato.user.pk}/"
    look_at(admin, list="/staff/", invite="/staff/invite/", one=one, own=f"/staff/{suzuki.user.pk}/")
    session = people.come_in(desk.sato.user, people.DESK, clock.now())
    look_at(
        admin,
        signed_in=one,
        role=f"{one}role/",
        end_sessions=f"{one}end-sessions/",
        end_session=f"{one}sessions/{session}/end/",
    )
    admin.opens(f"{one}disable/")
    look_at(admin, "disable")
    admin.presses("Disable the account")
    admin.sees("The account is disabled.")
    look_at(admin, disabled=one, enable=f"{one}enable/")
    admin.opens("/staff/invite/")
    admin.gives_code(app)
    admin.presses("Send the invitation")
    look_at(admin, "invite_errors")
