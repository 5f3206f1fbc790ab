"""The place and the wait that somebody in line may know: from the desk as it is, and from nothing secret."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import audit.recording
from common import clock
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.models import CallAttempt, Callback
from recovery.queue import dispatch, shifts, wait
from recovery.states import AttemptState
from tests.support.asking import walks_to
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def asks(desk: Desk, number: int, **more: Any) -> Callback:
    """One more person asks; nothing is known of their account."""
    case, _ = desk.asks(email=f"p{number}@example.jp", number=f"+8190111{number:05}", **more)
    return case.callback


def missed(desk: Desk, times: int) -> None:
    """So many offers ran out lately, of twice as many."""
    for action in ("call.offered", "call.offered", "call.offer_missed"):
        for _ in range(times):
            audit.recording.record(action, account=desk.sato.user.pk)


def test_the_place_and_the_wait_are_the_same_whether_or_not_takeovers_were_found(desk: Desk) -> None:
    desk.on_duty(desk.sato, desk.tanaka)
    callbacks = [asks(desk, number) for number in range(6)] + [asks(desk, 9, category="lost_factor")]

    def shown() -> list[Any]:
        wait.forget()
        new = [wait.for_new(one, ("en", "ja")) for one in ("taken_over", "lost_factor")]
        return [*(wait.of(one) for one in callbacks), *new]

    before = shown()
    for found in (callbacks[2:4], callbacks[:6]):
        Callback.objects.filter(pk__in=[one.pk for one in found]).update(priority=0)
        for one in callbacks:
            one.refresh_from_db()
        assert shown() == before


def test_who_is_less_urgent_is_told_of_more_urgent_people_who_will_overtake_them(desk: Desk) -> None:
    desk.on_duty(desk.sato, desk.tanaka)
    lost = asks(desk, 0, category="lost_factor")
    calm = wait.of(lost).wait
    assert calm is not None
    for number in range(1, 13):
        changes.withdraw(case=asks(desk, number).case)
    assert wait.of(lost).wait == calm  # the desk is not measured anew for each page
    wait.forget()
    # Two are free, who are not asked in turn; but so many have asked within the hour that anything may come.
    dispatch.dispatch()
    asks(desk, 20)
    asks(desk, 21)
    assert wait.of(lost).ahead == 2
    assert wait.of(lost).wait is None


def test_who_is_more_urgent_does_not_wait_for_others(desk: Desk) -> None:
    for number in range(4):
        asks(desk, number, category="lost_factor")
    expected = wait.for_new("taken_over", ["ja"])["ja"]
    assert expected.ahead == 0
    assert wait.for_new("lost_factor", ["ja"])["ja"].ahead == 4


def test_who_asks_for_later_is_not_in_front_of_anybody_yet(desk: Desk) -> None:
    asks(desk, 0, due_at=clock.now() + timedelta(minutes=30))
    assert wait.for_new("taken_over", ["ja"])["ja"].ahead == 0
    with clock.pretend(clock.now() + timedelta(minutes=31)):
        assert wait.for_new("taken_over", ["ja"])["ja"].ahead == 1


def test_an_agent_of_two_languages_is_not_promised_twice(desk: Desk) -> None:
    desk.on_duty(desk.sato)
    for number in range(3):
        asks(desk, number, language="ja")
    alone = wait.for_new("taken_over", ["en"])["en"]
    assert alone.ahead == 0
    assert alone.wait is None or alone.wait.high != 1
    desk.on_duty(desk.alice)
    helped = wait.for_new("taken_over", ["en"])["en"].wait
    assert helped is not None
    assert helped.high == 1


def test_a_free_agent_of_a_desk_that_misses_offers_is_no_promise(desk: Desk) -> None:
    desk.on_duty(desk.sato)
    callback = asks(desk, 0)
    expected = wait.of(callback).wait
    assert expected is not None
    assert 0.9 <= expected.confidence < 1
    missed(desk, 10)
    wait.forget()
    assert wait.of(callback).wait is None


def test_while_an_agent_is_asked_who_may_miss_it_no_wait_is_promised(desk: Desk) -> None:
    missed(desk, 10)
    browser = Client()
    _, browser.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    page = browser.get("/status/").content.decode()
    assert "We’re finding an agent for you" in page
    assert "minute" not in page.split("<main")[1].split("</main>")[0].replace(
        "We’re finding an agent for you", ""
    )


def test_where_nothing_can_be_promised_the_page_says_what_is_true(desk: Desk) -> None:
    missed(desk, 10)
    browser = Client()
    _, browser.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    desk.on_duty(desk.alice)
    page = browser.get("/status/").content.decode()
    assert "We’ll call you as soon as an agent is free" in page
    assert "Estimated wait" not in page
    assert "9 out of 10" not in page
    form = walks_to(browser, "time/").content.decode()
    assert "as soon as an agent is free" in form
    assert "nobody is available right now" not in form
    assert "at the moment in" not in browser.get("/help/").content.decode()


def test_the_handling_time_is_that_of_the_last_calls_with_what_comes_after_them(desk: Desk) -> None:
    assert wait.measured().handling == 360
    desk.on_duty(desk.sato)
    begin = clock.now() - timedelta(hours=10)
    for number in range(20):
        asks(desk, number)
        case = desk.accepted()
        attempt = desk.calls(case)
        calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
        calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
        changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
        shifts.end_wrap_up(agent_id=desk.sato.user.pk)
        case.refresh_from_db()
        CallAttempt.objects.filter(pk=attempt.pk).update(
            placed_at=begin, ended_at=begin + timedelta(seconds=200)
        )
        type(case).objects.filter(pk=case.pk).update(closed_at=begin + timedelta(seconds=300))
    wait.forget()
    assert wait.measured().handling == pytest.approx(300 + 60)
    CallAttempt.objects.update(state=AttemptState.NO_ANSWER)
    wait.forget()
    assert wait.measured().handling == pytest.approx(200 + 60)
