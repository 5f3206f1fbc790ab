"""A call ends when somebody says so, then the wrap-up begins, and with it the case becomes a snapshot."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from audit.models import Event
from common import clock
from common.errors import Denied
from recovery import current_work
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.console.presenters import summary
from recovery.console.presenters.actions import actions_of
from recovery.console.presenters.history import history_of
from recovery.models import CallAttempt, Case, Reading
from recovery.models.case import Why
from recovery.queue import dispatch, shifts
from recovery.queue import selectors as queue_selectors
from recovery.restoration import services as restoration
from recovery.states import AttemptState, CaseState, DutyState
from tests.recovery.claimant.test_request import text
from tests.support import people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(desk: Desk) -> None:
    User.objects.filter(email__endswith="orikaeshi.example").update(language="en")


@pytest.fixture
def hers(desk: Desk) -> Client:
    """The browser in which Hanako asked; everything is in the past, so that she may be talked to now."""
    client = Client()
    _case, capability = desk.asks()
    client.cookies[CAPABILITY_COOKIE] = capability
    return client


@pytest.fixture
def case(desk: Desk, hers: Client) -> Case:
    """Sato talks with her."""
    desk.on_duty(desk.sato)
    return desk.talking()


def duty(desk: Desk) -> str:
    found = queue_selectors.duty_of(desk.sato.user.pk)
    assert found is not None
    return found.state


def page(hers: Client) -> str:
    return hers.get("/status/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def restored(desk: Desk, case: Case) -> None:
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)


def refused(desk: Desk, case: Case) -> None:
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")


def cancelled(_desk: Desk, case: Case) -> None:
    changes.withdraw(case=Case.objects.get(pk=case.pk))


ENDS = (restored, refused, cancelled)


def ends_of_calls(case: Case) -> list[str]:
    events = Event.objects.filter(action="call.outcome", case=case.pk).order_by("id")
    return [one.details["outcome"] for one in events if one.details["outcome"] != "answered"]


# The call goes on


@pytest.mark.parametrize("ends", ENDS)
def test_while_they_talk_no_next_call_is_offered_and_no_wrap_up_runs(
    desk: Desk, case: Case, ends: object
) -> None:
    ends(desk, case)  # type: ignore[operator]
    assert duty(desk) == DutyState.BUSY
    desk.asks(email="next@example.jp", number="+819011110007")
    with clock.pretend(clock.now() + timedelta(minutes=5)):
        desk.here(desk.sato)
        dispatch.sweep()
        assert duty(desk) == DutyState.BUSY
        assert queue_selectors.offer_to(desk.sato.user.pk) is None
        with pytest.raises(Denied):
            shifts.go_off_duty(agent_id=desk.sato.user.pk)
        attempt = current_work.call_on_the_line(desk.sato.user.pk)
        assert attempt is not None
        calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
        found = queue_selectors.duty_of(desk.sato.user.pk)
        assert found is not None
        assert (found.state, found.since) == (DutyState.WRAP_UP, clock.now())
    assert ends_of_calls(case) == ["ended"]


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (restored, "Your account has been restored"),
        (refused, "We didn’t change anything"),
        (cancelled, "Your request has been cancelled"),
    ],
)
def test_her_page_says_what_became_of_it_and_that_they_still_talk(
    desk: Desk, case: Case, hers: Client, ends: object, words: str
) -> None:
    ends(desk, case)  # type: ignore[operator]
    during = page(hers)
    assert words in during
    assert "You’re still on the phone with <bdi>Sato</bdi>" in during
    assert "hang up" not in during
    assert "data-stream" in during, "it says by itself when the call has ended"
    attempt = current_work.call_on_the_line(desk.sato.user.pk)
    assert attempt is not None
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    assert "If someone calls in our name, hang up." in page(hers)


@pytest.mark.parametrize("ends", ENDS)
def test_the_agent_can_still_hang_up_and_is_told_what_to_do(desk: Desk, case: Case, ends: object) -> None:
    ends(desk, case)  # type: ignore[operator]
    sato = Agent(desk.sato)
    bar = sato.sees("console:case", case.pk, part="call")
    assert "Still on the call" in bar
    assert "The call has ended" in bar
    desk_page = sato.sees("console:desk")
    assert "You’re still on the phone" in desk_page
    assert f"/desk/case/{case.pk}/" in desk_page
    sato.clicks("console:hang_up", case.pk)
    assert duty(desk) == DutyState.WRAP_UP
    assert "Still on the call" not in sato.sees("console:case", case.pk, part="call")


def test_what_only_rings_is_broken_off_when_she_cancels(desk: Desk, hers: Client) -> None:
    desk.on_duty(desk.sato)
    case = desk.accepted()
    desk.calls(case)
    cancelled(desk, case)
    assert duty(desk) == DutyState.WRAP_UP
    assert ends_of_calls(case) == ["cancelled"]


def test_what_only_rings_is_broken_off_when_the_case_is_refused(desk: Desk, hers: Client) -> None:
    desk.on_duty(desk.sato)
    case = desk.accepted()
    desk.calls(case)
    refused(desk, case)
    assert duty(desk) == DutyState.WRAP_UP
    assert ends_of_calls(case) == ["cancelled"]


@pytest.mark.parametrize("taken_by", ["hand back", "reassign"])
def test_a_conversation_that_is_broken_off_gives_time_to_end_it(
    desk: Desk, case: Case, taken_by: str
) -> None:
    if taken_by == "hand back":
        changes.hand_back(case=case, by=desk.sato.user.pk, reason="I know her")
    else:
        changes.reassign(case=case, by=desk.tanaka.user.pk, reason="Needed elsewhere.")
    assert duty(desk) == DutyState.WRAP_UP
    assert ends_of_calls(case) == ["cancelled"]


def test_a_number_that_is_still_on_the_line_is_not_called_for_somebody_else(desk: Desk, case: Case) -> None:
    refused(desk, case)
    other, _ = desk.asks(email="other@example.jp")
    desk.on_duty(desk.tanaka)
    assert dispatch.dispatch() == 0
    attempt = current_work.call_on_the_line(desk.sato.user.pk)
    assert attempt is not None
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    assert dispatch.dispatch() == 1
    offer = queue_selectors.offer_to(desk.tanaka.user.pk)
    assert offer is not None
    assert offer.case_id == other.pk


def test_every_end_of_a_call_is_in_the_trail_whoever_ended_it(desk: Desk, case: Case) -> None:
    refused(desk, case)
    attempt = CallAttempt.objects.get()
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    ended = CallAttempt.objects.exclude(ended_at=None).count()
    assert ended == len(ends_of_calls(case)) == 1


# A closed case is a snapshot


def over(desk: Desk, case: Case) -> Case:
    """Restored, the call ended, written up."""
    restored(desk, case)
    attempt = CallAttempt.objects.get(state=AttemptState.TALKING)
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    return Case.objects.get(pk=case.pk)


def test_until_the_wrap_up_is_over_the_agent_has_the_case_and_then_no_more(desk: Desk, case: Case) -> None:
    restored(desk, case)
    calls.hang_up(attempt=CallAttempt.objects.get(), agent_id=desk.sato.user.pk)
    sato = Agent(desk.sato)
    assert "New note" in sato.sees("console:case", case.pk)
    sato.clicks("console:add_note", case.pk, text="She sounded relieved.")
    assert case.notes.count() == 1
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    answer = sato.get("console:case", case.pk)
    assert answer.status_code == 403
    said = answer.content.decode()
    assert "is closed" in said
    assert "Hanako" not in said
    for part in ("side", "call", "notes", "story"):
        fragment = sato.get("console:case", case.pk, part=part)
        assert fragment.content == b""
    sato.clicks("console:add_note", case.pk, text="One thing more.")
    assert case.notes.count() == 1
    assert f'href="/desk/case/{case.pk}/"' not in sato.sees("console:desk")
    assert sato.clicks("console:look", case.pk, reason="I am curious.").status_code == 404


def test_a_supervisor_looks_with_a_written_reason_for_a_while_in_this_session(desk: Desk, case: Case) -> None:
    case = over(desk, case)
    tanaka = Agent(desk.tanaka)
    asked = tanaka.sees("console:case", case.pk)
    assert "Why do you want to view" in asked
    assert "Hanako" not in asked
    assert tanaka.get("console:case", case.pk, part="side").content == b""
    assert tanaka.clicks("console:look", case.pk, reason=" ").status_code == 422
    tanaka.clicks("console:look", case.pk, reason="The owner complained.")
    assert "What happened to the account" in tanaka.sees("console:case", case.pk)
    read = Event.objects.filter(action="case.read", case=case.pk).latest("id")
    assert (read.actor, read.details["reason"]) == (desk.tanaka.user.pk, "The owner complained.")
    elsewhere = Visitor(people.OSAKA, clock.now() + timedelta(minutes=2)).signs_in(desk.tanaka)
    assert "Why do you want to view" in text(elsewhere.get("console:case", case.pk))
    with clock.pretend(clock.now() + timedelta(minutes=16)):
        assert "Why do you want to view" in tanaka.sees("console:case", case.pk)
    assert Reading.objects.filter(case=case, why=Why.LOOK).count() == 1


def test_nothing_that_happened_later_shows(desk: Desk, case: Case) -> None:
    case = over(desk, case)
    later = clock.now() + timedelta(days=40)
    people.come_in(desk.hanako.user, people.OSAKA, later - timedelta(days=1))
    User.objects.filter(pk=desk.hanako.user.pk).update(name="Hanako Suzuki")
    tanaka = Agent(desk.tanaka)
    tanaka.clicks("console:look", case.pk, reason="The owner complained.")
    before = len(shown(tanaka, case))
    with clock.pretend(later):
        # The supervisor's session is over by then: what the page would show is asked here.
        row = Case.objects.get(pk=case.pk)
        picture, rows = history_of(row)
        assert picture is not None
        assert all(one.event.entry.occurred_at <= case.wrap_up_ended_at for one in rows)  # type: ignore[operator]
        assert len(rows) == before
        assert summary.account(row) is None, "how the account is by then is nobody’s business"
        assert not actions_of(row, desk.tanaka.user.pk).plan


def shown(who: Agent, case: Case) -> list[object]:
    answer = who.get("console:case", case.pk)
    return list(answer.context["rows"])


def test_a_case_that_nobody_had_in_hand_is_a_snapshot_at_once(desk: Desk) -> None:
    case, _ = desk.asks()
    changes.withdraw(case=case)
    case.refresh_from_db()
    assert case.wrap_up_ended_at == case.closed_at


def test_an_agent_who_leaves_the_desk_has_written_up(desk: Desk, case: Case) -> None:
    restored(desk, case)
    calls.hang_up(attempt=CallAttempt.objects.get(), agent_id=desk.sato.user.pk)
    shifts.go_off_duty(agent_id=desk.sato.user.pk)
    case.refresh_from_db()
    assert case.is_snapshot


def test_a_case_that_another_one_replaced_in_a_call_is_a_snapshot_at_once(desk: Desk) -> None:
    first, _ = desk.asks()
    second, _ = desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    other = second if case.pk == first.pk else first
    other.callback.refresh_from_db()
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=other.callback.read_out)
    case.refresh_from_db()
    assert (case.state, case.is_snapshot) == (CaseState.SUPERSEDED, True)
    assert duty(desk) == DutyState.BUSY


def test_the_database_seals_no_open_case(desk: Desk, case: Case) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(wrap_up_ended_at=clock.now())


# One door


def test_a_case_is_read_once_a_session_however_often_its_parts_ask(desk: Desk, case: Case) -> None:
    sato = Agent(desk.sato)
    for part in ("side", "notes", "call", "story", "", "side"):
        sato.sees("console:case", case.pk, part=part)
    reads = Event.objects.filter(action="case.read", case=case.pk)
    assert [(one.actor, one.details["reason"]) for one in reads] == [(desk.sato.user.pk, "in_hand")]
    assert Event.objects.filter(action="account.read", case=case.pk).count() == 1


@pytest.mark.parametrize("part", ["side", "notes", "call", "story"])
def test_a_part_alone_is_a_read(desk: Desk, case: Case, part: str) -> None:
    Agent(desk.tanaka).sees("console:case", case.pk, part=part)
    read = Event.objects.get(action="case.read", case=case.pk)
    assert (read.actor, read.details["reason"]) == (desk.tanaka.user.pk, "supervision")


@pytest.mark.parametrize("part", ["", "side", "notes", "call", "story"])
def test_no_part_of_somebody_elses_case_exists_and_the_try_is_in_the_trail(
    desk: Desk, case: Case, part: str
) -> None:
    alice = Agent(desk.alice)
    theirs = alice.get("console:case", case.pk, part=part)
    nobodys = alice.get("console:case", case.pk + 1000, part=part)
    assert theirs.status_code == nobodys.status_code == 404
    pages = [text(one).replace(f"/{key}/", "") for one, key in ((theirs, case.pk), (nobodys, case.pk + 1000))]
    assert pages[0] == pages[1]
    assert "HX-Redirect" not in theirs.headers
    denied = Event.objects.filter(action="access.denied", actor=desk.alice.user.pk)
    assert denied.count() == 2
    assert not Event.objects.filter(action="case.read", actor=desk.alice.user.pk).exists()
