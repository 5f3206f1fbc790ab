"""Every page as its people find it: readable for all, in light and in dark, and on a narrow phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts import links
from accounts.models import CredentialChange, Identifier
from audit import context
from audit.context import Context
from common import codes
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
from tests.support import former_partner as former
from tests.support import people as life
from tests.support import site as town
from tests.support.browser_pages import Agent, Claimant, Member, Visitor
from tests.support.desk_scenario import Desk
from tests.support.site import CodeApp

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


def look_at(visitor: Visitor, *paths: str) -> None:
    """Each of the pages, or the one that is open."""
    faults = []
    for path in paths or [""]:
        if path:
            visitor.opens(path)
        faults += faults_of(visitor.page)
    assert faults == []


def _follow(claimant: Claimant, capability: str) -> None:
    claimant.page.context.add_cookies([{"name": "case", "value": capability, "url": claimant.url}])


def test_pages_for_everybody(site, desk, someone):
    look_at(
        someone(Member, on=PHONE),
        *("/", "/help/", "/status/", "/nowhere/"),
        *("/account/sign-in/", "/account/sign-up/", "/account/sign-up/sent/", "/account/signed-out/"),
        *("/account/password/forgot/", "/account/password/forgot/sent/", "/account/sign-up/link/broken/"),
        "/not-me/",
    )
    change = CredentialChange.objects.filter(user=desk.hanako.user, kind="email").latest("pk")
    hanako = someone(Member, on=PHONE)
    look_at(hanako, links.not_me(change.pk))
    hanako.presses("This was not me")
    hanako.sees_headline("Your account is protected")
    look_at(hanako)
    hanako.types("Code from the code app that you had before", CodeApp(desk.hanako.key).code())
    hanako.presses("Undo the changes")
    hanako.sees_headline("Choose a new password")
    look_at(hanako)


def test_what_a_claimant_sees_from_the_request_to_the_end(desk, someone):
    claimant = someone(Claimant, on=PHONE)
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    case, capability = desk.asks()
    _follow(claimant, capability)
    look_at(claimant, "/status/", "/status/number/", "/status/time/", "/status/cancel/")
    case = desk.accepted()
    look_at(claimant, "/status/")
    attempt = desk.calls(case)
    look_at(claimant, "/status/", "/status/cancel/")
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)
    address = takeover_selectors.offerable(case).addresses[0]
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    look_at(claimant, "/status/")
    claimant.answers("Code from your mailbox", "12")
    look_at(claimant)
    assert desk.shows_recovery_code(case)
    assert desk.shows_app(case)
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    look_at(claimant, "/status/")
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    look_at(claimant, "/status/")
    claimant.presses("Show it")
    claimant.sees_headline("Your new recovery code")
    look_at(claimant)


def test_how_a_request_can_end(desk, someone):
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
        look_at(claimant, "/status/")


def test_in_a_crowded_network_she_waits_or_opens_a_mailed_link(site, someone):
    claimant = someone(Claimant, on=PHONE)
    # Many others have asked from this network within the hour.
    for _ in range(12):
        admission.admit(email="x@example.com", number="+819011112222", address="127.0.0.1", browser="")
    claimant.opens("/help/taken-over/")
    claimant.types("The e-mail address you used to sign in with", "kenji@example.com")
    claimant.types("Your phone number", "090-1234-5678")
    claimant.presses("Call me now")
    claimant.reads("A short wait first")
    look_at(claimant)
    claimant.presses("Ask for the call")
    claimant.sees("That was a little early.")
    look_at(claimant)
    claimant.presses("Change what I typed")
    expect(claimant.page.get_by_label("Your phone number")).to_have_value("090-1234-5678")
    claimant.presses("Call me now")
    claimant.presses("Without the wait: send me a link by e-mail")
    claimant.reads("Check your e-mail")
    look_at(claimant)
    claimant.opens(town.link_in(site.mail.wait_for("kenji@example.com").text, "/link/"))
    claimant.reads("Ask for the call")
    look_at(claimant)
    claimant.presses("Ask for the call")
    claimant.is_at("/status/")


def test_the_pages_of_an_account(site, someone):
    desk = town.move_in(site, taken_over=False)
    hanako, app = someone(Member, on=PHONE), CodeApp(desk.hanako.key)
    hanako.gives_password(desk.hanako.email, desk.hanako.password)
    look_at(hanako, "/account/sign-in/code/", "/account/sign-in/recovery-code/")
    hanako.opens("/account/sign-in/code/")
    hanako.gives_code(app)
    hanako.page.wait_for_url(lambda url: "sign-in" not in url)
    own = "/account/"
    look_at(
        hanako,
        own,
        *(f"{own}{one}/" for one in ("history", "profile", "methods", "sessions", "password", "email")),
    )
    look_at(hanako, f"{own}methods/add/", f"{own}methods/recovery-codes/")
    hanako.presses("Make new codes")
    hanako.sees_headline("Keep these recovery codes")
    look_at(hanako)
    hanako.opens(f"{own}methods/")
    hanako.follows("Replace")
    look_at(hanako)


def test_what_somebody_sees_whose_changes_are_doubted(desk, someone):
    visitor, app = someone(Member, on=PHONE), CodeApp(desk.thief_key)
    visitor.signs_in(life.THIEF_EMAIL, life.THIEF_PASSWORD, app)
    look_at(visitor, "/account/", "/account/was-this-you/")
    desk.asks()
    visitor.gives_password(life.THIEF_EMAIL, life.THIEF_PASSWORD)
    visitor.gives_code(app)
    visitor.sees("This account is protected right now.")
    look_at(visitor)
    visitor.follows("Was this you? Look at the changes")
    visitor.sees_headline("Was this you?")
    look_at(visitor)
    visitor.types("A code from something older than these changes", "000000")
    visitor.presses("Yes, it was me")
    visitor.sees("This code is not right")
    look_at(visitor)
    visitor.types("A code from something older than these changes", CodeApp(desk.hanako.key).code())
    visitor.presses("No, undo it")
    visitor.sees_headline("Choose a new password")


def test_the_desk_and_a_case(desk, someone):
    agent = someone(Agent)
    agent.comes_in(desk.sato)
    look_at(agent)
    desk.asks("kenji@example.com", "+819087654321")
    agent.goes_on_duty()
    agent.is_offered()
    look_at(agent)
    agent.accepts()
    look_at(agent)
    agent.refuses("No account stands under the address given")
    look_at(agent, "/desk/")
    agent.presses("I'm ready")
    desk.asks()
    agent.is_offered()
    agent.accepts()
    look_at(agent)
    agent.calls()
    look_at(agent)
    case = current_work.case_in_work(desk.sato.user.pk)
    assert case is not None
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    agent.is_answered()
    agent.types_read_out("000000" if attempt.read_out != "000000" else "111111")
    look_at(agent)
    agent.hears_the_code(attempt.read_out)
    agent.asks_for("Previous authenticator app")
    look_at(agent)
    assert desk.shows_app(case)
    assert desk.shows_recovery_code(case)
    agent.follows("Restore the account…")
    agent.sees_headline("Restore the account of Hanako Mori?")
    look_at(agent)
    agent.presses("Restore now")
    agent.sees("The account is restored.")
    look_at(agent)


def test_the_pages_of_a_dispute(site, someone):
    """The claimant's, hers by the link, the agent's and the supervisor's."""
    desk = former.build()
    case = disputed_by_hand(desk)
    claimant, agent = someone(Claimant, on=PHONE), someone(Agent)
    agent.comes_in(desk.sato)
    look_at(agent, f"/desk/case/{case.pk}/")
    agent.opens(f"/desk/case/{case.pk}/announce/")
    look_at(agent)
    agent.presses("Announce it now")
    agent.sees("Every address of the account is told.")
    look_at(agent)
    dispute = Dispute.objects.get()
    _follow(claimant, "hers")
    look_at(claimant, "/status/", "/status/cancel/")
    hanako = someone(Member, on=PHONE)
    address = Identifier.objects.get(user=desk.hanako.user, removed_at=None)
    look_at(hanako, dispute_links.dispute(dispute.pk, address.pk))
    hanako.types("Code from a code app that you had before", CodeApp(desk.hanako.key).code())
    hanako.presses("Contest the request")
    hanako.sees_headline("The request was contested")
    look_at(hanako)
    supervisor = someone(Agent)
    supervisor.comes_in(desk.tanaka)
    look_at(supervisor, "/board/", f"/board/disputes/{dispute.pk}/")


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


def test_the_board_an_approval_and_the_trail(site, desk, someone):
    suzuki = town.hire(site, "Suzuki", "admin")
    supervisor, admin = someone(Agent), someone(Member)
    supervisor.comes_in(desk.tanaka)
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    desk.asks("kenji@example.com", "+819087654321", language="en")
    look_at(supervisor, "/board/")
    kenji = desk.accepted()
    changes.hand_back(case=kenji, by=desk.sato.user.pk, reason="The line is too bad.")
    desk.asks()
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
        "/board/",
        f"/board/cases/{case.pk}/reassign/",
        f"/board/approvals/{Approval.objects.get().pk}/",
    )
    look_at(supervisor, f"/desk/case/{case.pk}/")

    admin.signs_in(suzuki.email, suzuki.password, CodeApp(suzuki.key))
    look_at(admin, "/trail/", f"/trail/?case={case.pk}", "/trail/?country=jp1")
    admin.opens(f"/trail/?case={case.pk}")
    admin.page.locator("table.trail a.sentence").first.click()
    admin.page.wait_for_url("**/trail/*-*/")
    look_at(admin)
