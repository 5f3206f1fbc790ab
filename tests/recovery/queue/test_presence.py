"""Who is at the desk: a page that is open says so, and nobody is promised a call by somebody who has left."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Session, User
from accounts.retention import services as retention
from audit.models import Event
from common import clock
from recovery import current_work, tasks
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.models import Duty
from recovery.queue import dispatch, presence, wait
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState, CallbackState, CaseState, DutyState
from tests.support.agent_client import Agent
from tests.support.asking import walks_to
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db

A_MINUTE = timedelta(seconds=61)


@pytest.fixture
def sato(desk: Desk) -> Agent:
    User.objects.filter(pk=desk.sato.user.pk).update(language="en")
    agent = Agent(desk.sato)
    agent.clicks("console:on_duty")
    return agent


def duty(desk: Desk) -> Duty:
    found = queue_selectors.duty_of(desk.sato.user.pk)
    assert found is not None
    return found


def why(desk: Desk) -> str:
    return queue_selectors.off_duty_reason(desk.sato.user.pk)


def test_whose_browser_is_gone_is_off_duty_after_a_minute_and_nobody_is_promised_a_call(
    desk: Desk, sato: Agent, client: Client
) -> None:
    wait.forget()
    assert "under 1 minute" in walks_to(client, "time/").content.decode()
    with clock.pretend(clock.now() + A_MINUTE):
        wait.forget()
        # Also before the sweep has come by.
        assert "nobody is available right now" in walks_to(client, "time/").content.decode()
        tasks.sweep()
        assert duty(desk).state == DutyState.OFF
        assert why(desk) == "gone"
        assert queue_selectors.counts().on_duty == 0


def test_an_open_page_keeps_its_agent_on_duty(desk: Desk, sato: Agent) -> None:
    begun = clock.now()
    for half_minute in range(1, 6):
        with clock.pretend(begun + half_minute * timedelta(seconds=30)):
            answer = sato.client.get("/desk/?part=here", HTTP_HX_REQUEST="true", **sato.meta)
            assert (answer.status_code, answer.content) == (204, b"")
            tasks.sweep()
            assert duty(desk).state == DutyState.FREE


def test_every_part_that_a_page_asks_for_is_a_sign_of_life(desk: Desk, sato: Agent) -> None:
    for part in ("presence", "offer", "queue", ""):
        Duty.objects.update(seen_at=clock.now() - timedelta(seconds=50))
        sato.get("console:desk", part=part)
        assert not duty(desk).is_gone(clock.now() + timedelta(seconds=30)), part


def test_who_is_gone_is_offered_nothing(desk: Desk, sato: Agent) -> None:
    desk.asks()
    with clock.pretend(clock.now() + A_MINUTE):
        assert dispatch.dispatch() == 0


def test_an_offer_to_somebody_who_is_gone_goes_on_at_once(desk: Desk, sato: Agent) -> None:
    case, _ = desk.asks()
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.sato.user.pk)
    Duty.objects.update(seen_at=clock.now() - A_MINUTE)
    desk.on_duty(desk.tanaka)
    tasks.sweep()
    assert duty(desk).state == DutyState.OFF
    offer = queue_selectors.offer_to(desk.tanaka.user.pk)
    assert offer is not None
    assert offer.case_id == case.pk


def test_who_comes_back_reads_why_and_returns_with_one_button(desk: Desk, sato: Agent) -> None:
    with clock.pretend(clock.now() + A_MINUTE):
        tasks.sweep()
    page = sato.sees("console:desk")
    assert "Your page was closed, so you’re off duty" in page
    assert "I’m back: go on duty" in page
    sato.clicks("console:on_duty")
    assert duty(desk).state == DutyState.FREE


def test_who_talks_is_not_thrown_off_but_shown_as_gone(desk: Desk, sato: Agent) -> None:
    desk.asks()
    case = desk.talking()
    with clock.pretend(clock.now() + timedelta(minutes=3)):
        tasks.sweep()
        assert duty(desk).state == DutyState.BUSY
        assert current_work.live_attempt(case) is not None
        User.objects.filter(pk=desk.tanaka.user.pk).update(language="en")
        assert "page closed" in Agent(desk.tanaka).sees("board:overview")


def test_a_call_that_nobody_ends_ends_ten_minutes_after_the_page_was_gone(desk: Desk, sato: Agent) -> None:
    desk.asks()
    case = desk.talking()
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    with clock.pretend(clock.now() + timedelta(minutes=10)):
        tasks.sweep()
        assert current_work.live_attempt(case) is not None
    with clock.pretend(clock.now() + timedelta(minutes=11, seconds=1)):
        tasks.sweep()
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.LEFT_OPEN
        assert duty(desk).state == DutyState.WRAP_UP
        ended = Event.objects.filter(action="call.outcome", case=case.pk).latest("id")
        assert ended.details["outcome"] == "left_open"
    with clock.pretend(clock.now() + timedelta(minutes=13)):
        tasks.sweep()
        assert (duty(desk).state, why(desk)) == (DutyState.OFF, "gone")
        case.refresh_from_db()
        assert case.is_snapshot


def test_an_open_case_stays_with_its_agent_though_the_page_is_gone(desk: Desk, sato: Agent) -> None:
    desk.asks()
    case = desk.talking()
    with clock.pretend(clock.now() + timedelta(hours=1)):
        tasks.sweep()
        case.refresh_from_db()
        assert (case.state, duty(desk).state) == (CaseState.WORKING, DutyState.BUSY)
        # Once somebody takes it from them, they are off duty and not offered the next.
        changes.reassign(case=case, by=desk.tanaka.user.pk, reason="He does not come back.")
        assert duty(desk).state == DutyState.OFF


# Signing out, and not being allowed to any more


def test_signing_out_is_going_off_duty(desk: Desk, sato: Agent) -> None:
    case, _ = desk.asks()
    dispatch.dispatch()
    # The session in which he signed up is another browser of his: it ends first.
    Session.objects.filter(user=desk.sato.user).exclude(pk=sato.row.pk).update(
        ended_at=clock.now(), end_reason="idle", key=None
    )
    sato.post("accounts:sign_out")
    assert (duty(desk).state, why(desk)) == (DutyState.OFF, "signed_out")
    case.callback.refresh_from_db()
    assert case.callback.state == CallbackState.WAITING


def test_a_session_that_ends_by_itself_ends_the_duty_however_many_parts_have_asked(
    desk: Desk, sato: Agent, settings: Any
) -> None:
    """A page that is left open says that it is there, but not that anybody uses it."""
    Session.objects.filter(user=desk.sato.user).exclude(pk=sato.row.pk).update(
        ended_at=clock.now(), end_reason="idle", key=None
    )
    begun = clock.now()
    for minute in range(1, settings.STAFF_SESSION_IDLE_SECONDS // 60 + 2):
        with clock.pretend(begun + timedelta(minutes=minute)):
            sato.client.get("/desk/?part=here", HTTP_HX_REQUEST="true", **sato.meta)
            sato.client.get("/desk/?again=1", **sato.meta)
            retention.expire_sessions()
            state = duty(desk).state
    assert (state, why(desk)) == (DutyState.OFF, "session_ended")


def test_with_another_browser_still_signed_in_the_duty_goes_on(desk: Desk, sato: Agent) -> None:
    assert Session.objects.filter(user=desk.sato.user, ended_at=None).count() == 2
    sato.post("accounts:sign_out")
    assert duty(desk).state == DutyState.FREE


def test_who_signs_out_with_a_case_in_hand_keeps_it_and_is_shown_as_gone(desk: Desk, sato: Agent) -> None:
    desk.asks()
    desk.talking()
    Session.objects.filter(user=desk.sato.user).exclude(pk=sato.row.pk).update(
        ended_at=clock.now(), end_reason="idle", key=None
    )
    sato.post("accounts:sign_out")
    assert duty(desk).state == DutyState.BUSY
    assert duty(desk).is_gone(clock.now())


@pytest.mark.parametrize(
    ("change", "reason"), [({"role": "user"}, "role"), ({"is_active": False}, "disabled")]
)
def test_who_may_not_work_here_any_more_is_off_duty(
    desk: Desk, sato: Agent, change: dict[str, Any], reason: str
) -> None:
    User.objects.filter(pk=desk.sato.user.pk).update(**change)
    tasks.sweep()
    assert (duty(desk).state, why(desk)) == (DutyState.OFF, reason)


# Without scripts, and in the schema


def test_without_scripts_the_desk_comes_back_by_itself_and_keeps_no_session_awake(
    desk: Desk, sato: Agent
) -> None:
    page = sato.sees("console:desk")
    assert '<noscript><meta http-equiv="refresh" content="30;url=/desk/?again=1"></noscript>' in page
    before = sato.client.session["seen"]
    with clock.pretend(clock.now() + timedelta(minutes=5)):
        sato.client.get("/desk/?again=1", **sato.meta)
    assert sato.client.session["seen"] == before
    sato.clicks("console:off_duty")
    assert "http-equiv" not in sato.sees("console:desk")


def test_the_database_knows_nobody_free_who_was_never_seen(desk: Desk, sato: Agent) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.update(seen_at=None)


def test_a_page_that_asks_every_second_writes_every_ten(desk: Desk, sato: Agent) -> None:
    seen = duty(desk).seen_at
    presence.here(agent_id=desk.sato.user.pk)
    assert duty(desk).seen_at == seen


def test_a_sign_of_life_puts_nobody_on_duty(desk: Desk, sato: Agent) -> None:
    sato.clicks("console:off_duty")
    with clock.pretend(clock.now() + A_MINUTE):
        sato.client.get("/desk/?part=here", HTTP_HX_REQUEST="true", **sato.meta)
    assert duty(desk).state == DutyState.OFF


def test_a_call_that_was_ended_in_time_is_not_left_open(desk: Desk, sato: Agent) -> None:
    desk.asks()
    case = desk.talking()
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    with clock.pretend(clock.now() + timedelta(hours=1)):
        presence.sweep()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.ENDED
