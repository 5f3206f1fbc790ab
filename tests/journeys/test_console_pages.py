"""The console in a real browser, on real processes: live, and nothing moves under the agent's hands."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from playwright.sync_api import Browser, Page, expect

from accounts.enums import Factor
from accounts.models import User
from accounts.sessions.store import SessionStore
from accounts.sign_in import http_session
from recovery import current_work
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models import Case
from recovery.models.evidence import Method
from recovery.states import CaseState
from recovery.takeover import selectors as takeover_selectors
from tests.conftest import Site
from tests.support.desk_scenario import Desk
from tests.support.people import Actor
from tests.support.site import move_in

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Nothing lies over the four corners of an element, and nothing cuts them off.
IN_VIEW = """(element) => {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const corners = [left + 2, right - 2].flatMap((x) => [[x, top + 2], [x, bottom - 2]]);
  return corners.every(([x, y]) => element.contains(document.elementFromPoint(x, y)));
}"""

Sit = Callable[..., Page]


@pytest.fixture
def desk(site: Site) -> Desk:
    return move_in(site, language="ja")


@pytest.fixture
def sit(browser: Browser, site: Site) -> Iterator[Sit]:
    """``sit(actor)``: staff, signed in, in English; no fault of a script or of the policy passes."""
    faults: list[str] = []
    contexts = []

    def _sit(actor: Actor, width: int = 1280, height: int = 800) -> Page:
        User.objects.filter(pk=actor.user.pk).update(language="en")
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", base_url=site.url
        )
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": signed_in(actor), "url": site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        return page

    yield _sit
    for context in contexts:
        context.close()
    assert faults == []


def signed_in(actor: Actor) -> str:
    request = HttpRequest()
    request.session = SessionStore()
    request.user = AnonymousUser()
    user = User.objects.get(pk=actor.user.pk)
    http_session.begin(request=request, user=user)
    http_session.admit(request, user, Factor.TOTP)
    request.session.save()
    return str(request.session.session_key)


def usable(page: Page) -> None:
    """No fault that axe finds, nothing that scrolls sideways."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not found, [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.journey
def test_a_shift_at_the_desk_with_nothing_but_the_keyboard(sit: Sit, desk: Desk) -> None:
    page = sit(desk.sato)
    page.goto("/desk/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re off duty")
    usable(page)
    page.keyboard.press("d")
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re on duty", timeout=8000)

    desk.asks()
    expect(page.get_by_role("heading", name="A call for you")).to_be_visible(timeout=8000)
    expect(page).to_have_title("● A call for you")
    expect(page.locator("#announcer")).to_contain_text("Press A to accept it.")
    usable(page)
    page.keyboard.press("a")
    page.wait_for_url("**/desk/case/*/")
    usable(page)

    # A sentence is half written while the call goes on around it.
    page.keyboard.press("n")
    note = page.get_by_label("New note")
    expect(note).to_be_focused()
    page.keyboard.type("She is calm and")
    case = Case.objects.get()
    attempt = calls.place(case=case, agent_id=desk.sato.user.pk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    attempt.refresh_from_db()
    expect(page.get_by_label("Code they read out")).to_be_visible(timeout=8000)
    page.get_by_label("Code they read out").press_sequentially(attempt.read_out)
    page.keyboard.press("Enter")
    expect(page.locator(".callbar")).to_contain_text("Confirmed", timeout=8000)
    # Only now the page says whose account it is.
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hanako Mori", timeout=8000)
    usable(page)

    page.get_by_role("button", name="Ask", exact=True).first.click()
    expect(page.locator("#side")).to_contain_text("waiting for an answer, time left", timeout=8000)
    note.focus()
    place = note.bounding_box()
    asked = case.evidence.get(state="asked")
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=desk.hanako.code())
    assert desk.shows_recovery_code(case)
    expect(page.get_by_text("Enough evidence")).to_be_visible(timeout=8000)
    expect(note).to_be_focused()
    expect(note).to_have_value("She is calm and")
    assert note.bounding_box() == place, "what the agent types has not moved"
    page.keyboard.type(" at home.")

    page.get_by_role("link", name="Restore the account").click()
    usable(page)
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_text("The account is restored.")).to_be_visible()
    expect(page.get_by_label("New note")).to_have_value("She is calm and at home.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#note-list")).to_contain_text("She is calm and at home.")
    expect(page.get_by_label("New note")).to_have_value("")
    case.refresh_from_db()
    assert case.state == CaseState.RESTORED


@pytest.mark.journey
def test_a_claimant_who_cancels_stops_the_agent_at_once(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    page = sit(desk.sato)
    page.goto(f"/desk/case/{case.pk}/")
    page.keyboard.press("c")
    expect(page.get_by_role("link", name="+81 90 1234 5678")).to_be_visible(timeout=8000)
    usable(page)
    changes.withdraw(case=case)
    expect(page.locator(".callbar")).to_contain_text("The claimant has cancelled.", timeout=8000)
    expect(page.get_by_role("link", name="+81 90 1234 5678")).not_to_be_visible()


@pytest.mark.journey
def test_a_supervisor_sees_a_request_arrive_and_approves_it(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    assert desk.shows_recovery_code(case)
    page, agent = sit(desk.tanaka, 390, 844), sit(desk.sato)
    page.goto("/board/")
    expect(page.get_by_text("No approvals are waiting.")).to_be_visible()
    usable(page)
    agent.goto(f"/desk/case/{case.pk}/")
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    asked.passed_at = asked.asked_at
    asked.state = "passed"
    asked.save()
    approvals.request(case=case, agent_id=desk.sato.user.pk, reason="Lost her phone as well.")
    page.get_by_role("link", name="Review and decide").click(timeout=8000)
    usable(page)
    page.get_by_role("button", name="Approve").click()
    expect(agent.locator("#side")).to_contain_text("Approved", timeout=8000)
    expect(agent.get_by_role("link", name="Restore the account")).to_be_visible()


class Keyboard:
    """An agent without a mouse."""

    def __init__(self, screen: Page) -> None:
        self.screen = screen

    def presses(self, key: str) -> None:
        self.screen.keyboard.press(key)

    def reaches(self, words: str, *, tabs: int = 3) -> None:
        """The focus comes to the control with these words, with at most so many Tabs."""
        for _tab in range(tabs):
            if self.comes_to(words, waits=5):
                return
            self.presses("Tab")
        assert self.comes_to(words), f"{tabs} Tabs do not lead to {words!r} but to {self.focused()!r}"

    def comes_to(self, words: str, waits: int = 80) -> bool:
        for _wait in range(waits):
            if words in self.focused():
                return True
            self.screen.wait_for_timeout(100)
        return False

    def focused(self) -> str:
        return str(
            self.screen.evaluate("""
            () => {
              const it = document.activeElement;
              return it === document.body ? "" : it.labels?.[0]?.innerText ?? it.innerText;
            }""")
        )


@pytest.mark.journey
def test_a_whole_case_by_keyboard_alone_with_the_next_step_under_the_fingers(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    page = sit(desk.sato)
    keys = Keyboard(page)
    page.goto(f"/desk/case/{case.pk}/")
    keys.reaches("Start the call", tabs=0)
    keys.presses("Enter")
    keys.reaches("Answered", tabs=0)
    keys.presses("Enter")
    keys.reaches("Code they read out", tabs=0)
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    page.keyboard.type(attempt.read_out)
    keys.presses("Enter")

    # Under the fingers is the first thing to ask for; the app and the saved codes are the ones after it.
    keys.reaches("Send", tabs=0)
    keys.reaches("Ask")
    keys.presses("Enter")
    keys.reaches("Send", tabs=0)
    asked = case.evidence.get(state="asked")
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=desk.hanako.code())
    expect(page.locator("#evidence")).to_contain_text("shown, valid until", timeout=8000)
    keys.reaches("Send", tabs=0)
    keys.reaches("Ask")
    keys.presses("Enter")
    keys.reaches("waiting for an answer, time left", tabs=0)
    asked = case.evidence.get(state="asked")
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=desk.hanako.recovery_codes.pop())
    keys.reaches("Restore the account", tabs=0)

    # A note in between: the next step is where it was.
    keys.presses("5")
    keys.reaches("New note", tabs=0)
    page.keyboard.type("1 2 3: calm, at home.")
    keys.presses("Control+Enter")
    keys.reaches("Restore the account", tabs=0)
    usable(page)
    keys.presses("Enter")
    page.wait_for_url("**/restore/")
    expect(page.locator("#callbar")).to_contain_text("Confirmed")
    keys.reaches("Restore the account of Hanako Mori?", tabs=0)
    usable(page)
    keys.reaches("Restore now")
    keys.presses("Enter")
    page.wait_for_url(f"**/desk/case/{case.pk}/")
    keys.reaches("The call has ended", tabs=0)
    keys.presses("Enter")
    keys.reaches("New note", tabs=0)
    page.keyboard.type("She has the link.")
    keys.presses("Control+Enter")
    keys.reaches("Ready for the next call", tabs=0)
    keys.presses("Enter")
    page.wait_for_url("**/desk/")
    case.refresh_from_db()
    assert case.state == CaseState.RESTORED
    assert case.notes.count() == 2


STEPS = (("1", "What to say"), ("2", "Confirmed"), ("3", "Send"), ("4", "Return to queue"), ("5", "New note"))


@pytest.mark.journey
def test_each_step_of_a_call_has_a_key_and_none_fires_in_a_field(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    page = sit(desk.sato)
    keys = Keyboard(page)
    page.goto(f"/desk/case/{case.pk}/")
    keys.reaches("Send", tabs=0)
    for key, words in STEPS:
        keys.presses(key)
        keys.reaches(words, tabs=0)
    page.keyboard.type("1 and 4")
    expect(page.get_by_label("New note")).to_have_value("1 and 4")
    page.locator("h1").click()
    keys.presses("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    for name in ("Call and words", "Evidence", "Restore or refuse", "Add the note you’re writing"):
        expect(dialog).to_contain_text(name)


@pytest.mark.journey
def test_who_hands_back_without_a_reason_finds_the_dialog_open_and_the_problem_focused(
    sit: Sit, desk: Desk
) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    page = sit(desk.sato)
    page.goto(f"/desk/case/{case.pk}/")
    page.get_by_role("button", name="Return to queue…").click()
    dialog = page.get_by_role("dialog", name="Return this case to the queue?")
    dialog.locator("form").evaluate("form => { form.noValidate = true; }")
    dialog.get_by_role("button", name="Return to queue").click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(dialog.locator(".error-summary")).to_be_focused()
    dialog.get_by_role("link", name="Reason").click()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    usable(page)


@pytest.mark.journey
def test_no_evidence_that_can_be_asked_for_lies_under_the_buttons_below_it(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    page = sit(desk.sato, 1280, 800)
    page.goto(f"/desk/case/{case.pk}/")
    options = page.locator("#evidence .checks > li")
    expect(options).to_have_count(3)
    assert [option.evaluate(IN_VIEW) for option in options.all()] == [True] * 3


@pytest.mark.journey
def test_where_the_buttons_stay_in_view_they_hide_nothing_that_has_the_focus(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    for text in ("She is calm.", "She is at home.", "Her phone is with her.", "She has paper and pen."):
        changes.add_note(case=case, by=desk.sato.user.pk, text=text)
    page = sit(desk.sato, 1280, 950)
    page.goto(f"/desk/case/{case.pk}/")
    buttons = page.locator("#evidence .checks button")
    expect(buttons).to_have_count(3)
    for button in buttons.all():
        button.focus()
        assert button.evaluate(IN_VIEW)


@pytest.mark.journey
def test_on_a_phone_the_strip_of_steps_shows_the_one_that_is_now(sit: Sit, desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    page = sit(desk.sato, 390, 844)
    page.goto(f"/desk/case/{case.pk}/")
    now = page.locator("#steps [aria-current]")
    expect(now).to_contain_text("Call and words")
    attempt = calls.place(case=case, agent_id=desk.sato.user.pk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    attempt.refresh_from_db()
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)
    assert desk.shows_app(case)
    assert desk.shows_recovery_code(case)
    # The page hears of it and brings the strip anew.
    expect(now).to_contain_text("Restore or refuse", timeout=8000)
    assert now.evaluate(IN_VIEW)
    page.reload()
    assert now.evaluate(IN_VIEW)
