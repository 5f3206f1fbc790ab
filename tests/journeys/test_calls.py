"""Calls that go another way: refused, cancelled, wanted by two, and not needed."""

import re

import pytest
from playwright.sync_api import APIResponse, Route, expect

from accounts.models import Freeze, Session
from audit.models import Event
from recovery.evidence import services as evidence
from recovery.models import Callback, Case
from recovery.models.evidence import Method
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Agent, Claimant, Member
from tests.support.site import CodeApp, move_in

pytestmark = [pytest.mark.journey]


def test_who_cannot_show_that_the_account_is_theirs_is_refused(site, desk, someone):
    claimant, sato = someone(Claimant, on=PHONE), someone(Agent)
    sato.comes_in(desk.sato)
    sato.goes_on_duty()
    claimant.asks(desk.hanako.email)
    sato.is_offered()
    sato.accepts()
    sato.calls()
    sato.is_answered()
    sato.hears_the_code(claimant.code)
    sato.asks_for("Previous authenticator app")
    for left in ("4 attempts", "3 attempts", "2 attempts", "1 attempt"):
        claimant.answers("Code from your authenticator app", "000000")
        claimant.sees("This code is incorrect.", f"{left} ")
    claimant.answers("Code from your authenticator app", "000000")
    claimant.sees("you can’t use this method any more")
    expect(sato.way("Previous authenticator app")).to_contain_text("too many wrong codes")
    expect(sato.side.get_by_role("button", name="Restore the account")).to_be_disabled()
    sato.hangs_up()
    sato.refuses("The caller couldn’t be confirmed as the owner")

    claimant.reads("We didn’t change anything")
    claimant.sees("We couldn’t confirm that the account is yours")
    site.mail.wait_for(desk.hanako.email, "couldn’t confirm that your account is theirs")
    site.mail.wait_for(desk.hanako.email, "We couldn’t restore the account")
    desk.hanako.user.refresh_from_db()
    assert desk.hanako.user.email != desk.hanako.email
    assert not Event.objects.filter(action="credential.restored", case=Case.objects.get().pk).exists()


def test_she_cancels_while_the_phone_rings_and_the_agent_sees_it_at_once(desk, someone):
    claimant, sato = someone(Claimant, on=PHONE), someone(Agent)
    sato.comes_in(desk.sato)
    sato.goes_on_duty()
    claimant.asks(desk.hanako.email)
    sato.is_offered()
    sato.accepts()
    sato.calls()
    claimant.reads("Sato is calling you now")

    claimant.cancels()

    expect(sato.bar).to_contain_text("The claimant has cancelled. Don’t call again.")
    expect(sato.bar.locator("a[href^='tel:']")).to_have_count(0)
    expect(sato.page.locator("#presence")).to_contain_text("Wrap-up")
    sato.presses("I’m ready")
    expect(sato.page.locator("#presence")).to_contain_text("On duty")
    assert Callback.objects.get().tries == 1


def test_of_two_agents_who_grab_at_once_one_gets_it(desk, someone):
    claimant = someone(Claimant, on=PHONE)
    sato, alice = someone(Agent), someone(Agent)
    for agent, who in ((sato, desk.sato), (alice, desk.alice)):
        agent.comes_in(who)
        agent.goes_on_duty()
    claimant.asks(desk.hanako.email)
    # Both let the offer pass, so that it stands in the queue for whoever takes it.
    for agent in (sato, alice):
        agent.is_offered()
        agent.presses("Pass", agent.offer)
        expect(agent.offer).to_have_count(0)
        # What the page says of it is fetched by itself: the next message must not come meanwhile.
        agent.sees("The call goes to the next agent. You stay on duty.")
    takes = [agent.page.get_by_role("button", name="Take ") for agent in (sato, alice)]
    for take in takes:
        expect(take).to_be_visible()

    # Each click is sent off before either is answered, and no update takes a button away before.
    for agent in (sato, alice):
        agent.page.route("**/*part=queue*", lambda route: route.abort())
    for agent in (sato, alice):
        # Found when it is clicked: an update that was under way may have put another button in its place.
        agent.page.evaluate(
            "setTimeout(() => document.querySelector('form[action$=\"/take/\"] button').click())"
        )

    expect(
        sato.page.get_by_role("region", name="The call").or_(sato.main.get_by_role("status"))
    ).to_be_visible()
    winner, loser = (sato, alice) if "/desk/case/" in sato.page.url else (alice, sato)
    expect(winner.page).to_have_url(re.compile("/desk/case/"))
    loser.sees("Another agent was faster, or the claimant cancelled.")
    for agent in (sato, alice):
        agent.page.unroute_all(behavior="ignoreErrors")
    claimant.reads(f"{'Sato' if winner is sato else 'Alice'} will call you shortly")
    assert Event.objects.filter(action="call.taken", case=Case.objects.get().pk).count() == 1


def test_what_happens_while_a_part_of_the_page_is_fetched_is_shown_too(desk, someone):
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    sato = someone(Agent)
    sato.comes_in(desk.sato)
    sato.opens(f"/desk/case/{case.pk}/")
    expect(sato.way("Previous authenticator app")).to_be_visible()
    sato.page.evaluate("heard = 0; addEventListener('live:changed', () => { heard += 1 })")
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        answer = route.fetch()
        if not held and "waiting for an answer, time left" in answer.text():
            held.append((route, answer))
        else:
            route.fulfill(response=answer)

    sato.page.route("**/*part=side*", hold)
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    while not held:
        sato.page.wait_for_timeout(20)
    heard = sato.page.evaluate("heard")
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=desk.hanako.code())
    sato.page.wait_for_function("before => heard > before", arg=heard)
    route, answer = held[0]
    route.fulfill(response=answer)
    sato.sees_shown("Previous authenticator app")
    # A part that is just being fetched must not outlive the page.
    sato.page.unroute_all(behavior="ignoreErrors")


def test_a_healthy_account_is_not_hurt_by_a_strangers_request(site, someone):
    desk = move_in(site, taken_over=False)
    hanako, stranger, sato = someone(Member), someone(Claimant, on=PHONE), someone(Agent)
    app = CodeApp(desk.hanako.key)
    hanako.signs_in(desk.hanako.email, desk.hanako.password, app)
    sessions = set(Session.objects.filter(user=desk.hanako.user, ended_at=None).values_list("pk", flat=True))
    sato.comes_in(desk.sato)
    sato.goes_on_duty()

    stranger.asks(desk.hanako.email, "080 9876 5432")
    stranger.reads("You’re next")
    sato.is_offered()
    sato.accepts()
    sato.sees("No signs of a takeover")

    open_now = set(Session.objects.filter(user=desk.hanako.user, ended_at=None).values_list("pk", flat=True))
    assert open_now == sessions
    assert not Freeze.objects.exists()
    assert not site.mail.letters(desk.hanako.email) or "locked" not in str(
        [letter.subject for letter in site.mail.letters(desk.hanako.email)]
    )
    hanako.opens("/account/")
    hanako.sees("Security check-up")
    hanako.opens("/account/methods/")
    hanako.follows("Change")
    hanako.sees_headline("Change your e-mail address")
    hanako.types("New e-mail address", "hanako@new.example.jp")
    hanako.presses("Send the link")
    site.mail.wait_for("hanako@new.example.jp")
