"""Several browsers ask for calls to one number: it rings once, and the code decides whose call it is."""

import re
from datetime import timedelta

import pytest

from audit.models import Event
from common import clock
from recovery.calls import services as calls
from recovery.models import CallAttempt, Callback
from recovery.queue import dispatch, offers
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState, CallbackState, CaseState
from tests.recovery.cases.claimants import (
    Claimant,
    protect_all,
    rings,
    stranger,
)
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(desk: Desk) -> tuple[Claimant, Claimant]:
    """A stranger has asked about her account with her number; then she has."""
    thief, her = stranger(1), Claimant(people.HOME.address)
    thief.gets_in_line()
    her.gets_in_line()
    protect_all()
    desk.on_duty(desk.sato)
    return thief, her


def thiefs_call(desk: Desk, thief: Claimant) -> CallAttempt:
    """The stranger's request happens to be the one that the agent has taken."""
    case = offers.claim(agent_id=desk.sato.user.pk, callback_id=thief.case.callback.pk)
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    return attempt


def code_on(page: str) -> str:
    found = re.search(r'<span class="visually-hidden">([\d ]+)</span>', page)
    assert found, page
    return found[1].replace(" ", "")


def test_both_requests_stay_and_each_page_has_words_and_a_code_of_its_own(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = thiefs_call(desk, thief)
    pages = [thief.page, her.page]
    assert all("You’re on the phone with Sato" in page for page in pages)
    assert code_on(pages[0]) != code_on(pages[1])
    assert attempt.words != her.case.callback.words
    for word in her.case.callback.words.split():
        assert word in pages[1]


def test_the_code_that_is_read_out_decides_which_page_is_hers(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = thiefs_call(desk, thief)
    words = her.case.callback.words
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))
    assert thief.case.state == CaseState.SUPERSEDED
    assert (her.case.state, her.case.agent) == (CaseState.WORKING, desk.sato.user)
    attempt.refresh_from_db()
    assert attempt.callback == her.case.callback
    assert attempt.words == words
    assert "You’re on the phone with Sato" in her.page
    assert "You’re on the phone with" not in thief.page
    assert desk.shows_app(her.case)
    told = Event.objects.filter(action="call.switched").values_list("case", "details").get()
    assert told == (her.case.pk, {"from": thief.case.reference})


def test_a_thief_with_a_page_but_without_the_phone_gets_nothing_by_it(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = rings(desk)
    assert attempt.callback == her.case.callback, "at home, she goes before him"
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))
    assert thief.case.state == CaseState.SUPERSEDED
    assert "This request has been replaced by another" in thief.page


def test_when_the_thief_cancels_while_it_rings_the_call_goes_on_for_her(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = thiefs_call(desk, thief)
    thief.post("/status/cancel/", {})
    assert thief.case.state == CaseState.WITHDRAWN
    assert her.case.state == CaseState.WORKING
    attempt.refresh_from_db()
    assert (attempt.state, attempt.callback) == (AttemptState.TALKING, her.case.callback)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))


def test_when_the_thief_cancels_before_it_rings_she_is_called_all_the_same(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    thief.post("/status/cancel/", {})
    assert rings(desk).callback == her.case.callback


def test_the_number_rings_once_for_all_of_them(two: tuple[Claimant, Claimant], desk: Desk) -> None:
    desk.on_duty(desk.tanaka)
    attempt = rings(desk)
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.tanaka.user.pk) is None, "it is being called already"
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER)
    assert dispatch.dispatch() == 0, "it rang in vain for both of them"
    for one in two:
        callback = one.case.callback
        assert (callback.state, callback.tries) == (CallbackState.WAITING, 1)
        assert callback.due_at > clock.now() + timedelta(minutes=9)


def test_after_three_calls_in_vain_both_get_the_mail_and_not_six_calls(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    for hours in range(3):
        with clock.pretend(clock.now() + timedelta(hours=2 * hours)):
            Callback.objects.filter(state="waiting").update(due_at=clock.now(), chosen_at=clock.now())
            desk.here(desk.sato)
            attempt = rings(desk)
            calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER)
    assert [one.case.state for one in two] == [CaseState.UNREACHABLE] * 2
    assert CallAttempt.objects.count() == 3


def test_somebody_else_with_the_same_telephone_keeps_their_request(desk: Desk) -> None:
    """Two people of a household, one landline, two accounts."""
    his, her = Claimant("203.0.113.5"), Claimant(people.HOME.address)
    his.gets_in_line(email="kenji@example.com")
    her.gets_in_line()
    protect_all()
    desk.on_duty(desk.sato)
    attempt = rings(desk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))
    assert his.case.state == CaseState.WAITING
    assert "You’re on the phone with" not in his.page


def test_only_the_browser_that_asked_can_replace_its_request(desk: Desk) -> None:
    her = Claimant(people.HOME.address)
    first = her.gets_in_line()
    second = her.gets_in_line(number="+819011112222")
    first.refresh_from_db()
    assert first.state == CaseState.SUPERSEDED
    assert second.callback.asked_at == first.callback.asked_at
    stranger(3).gets_in_line(number="+819011112222")
    second.refresh_from_db()
    assert second.state == CaseState.WAITING


def test_the_agent_never_switches_to_a_request_about_their_own_account(desk: Desk) -> None:
    her, agents = Claimant(people.HOME.address), stranger(1)
    her.gets_in_line()
    agents.gets_in_line(email="sato@orikaeshi.example")
    protect_all()
    desk.on_duty(desk.sato)
    attempt = rings(desk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    assert not calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(agents.page))
