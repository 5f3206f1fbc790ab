"""Who is offered which call: priority, due time, language, and what becomes of a missed offer."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.freezes import services as freezes
from audit.models import Event
from common import clock
from common.errors import Denied, Stale
from notifications.models import Delivery
from recovery import current_work, tasks
from recovery.calls import services as calls
from recovery.cases import changes, intake
from recovery.models import Callback, Case, Duty
from recovery.queue import dispatch, offers, shifts
from recovery.queue import selectors as queue_selectors
from recovery.queue import wait as queue_wait
from recovery.states import AttemptState, CallbackState, CaseState, DutyState
from recovery.takeover import protect
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db


def offered(desk: Desk, name: str = "sato") -> int | None:
    offer = queue_selectors.offer_to(getattr(desk, name).user.pk)
    return offer.case_id if offer else None


def test_a_running_takeover_comes_before_an_older_lost_phone(desk: Desk) -> None:
    lost, _ = desk.asks(email="a@example.jp", number="+819011110001", category="lost_factor")
    taken, _ = desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    assert offered(desk) == taken.pk != lost.pk


def test_of_two_alike_the_one_who_asked_first_is_first(desk: Desk) -> None:
    first, _ = desk.asks(email="a@example.jp", number="+819011110001")
    desk.asks(email="b@example.jp", number="+819011110002")
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    assert offered(desk) == first.pk


def test_an_agent_is_only_offered_what_they_speak(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.alice)
    assert dispatch.dispatch() == 0
    english, _ = desk.asks(email="e@example.com", number="+819011110003", language="en")
    assert dispatch.dispatch() == 1
    assert offered(desk, "alice") == english.pk


def test_who_has_been_free_the_longest_is_asked_first(desk: Desk) -> None:
    desk.on_duty(desk.tanaka)
    desk.on_duty(desk.sato)
    desk.asks()
    dispatch.dispatch()
    assert offered(desk, "tanaka")
    assert not offered(desk, "sato")


def test_a_missed_offer_goes_on_to_the_next_and_the_agent_goes_off_duty(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    desk.on_duty(desk.tanaka)
    with clock.pretend(clock.now() + timedelta(seconds=21)):
        dispatch.sweep()
        assert offered(desk, "tanaka") == case.pk
    assert Duty.objects.get(agent=desk.sato.user).state == DutyState.OFF


def test_an_offer_cannot_be_accepted_when_its_twenty_seconds_are_over(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    with clock.pretend(clock.now() + timedelta(seconds=20, milliseconds=1)), pytest.raises(Stale):
        offers.accept(agent_id=desk.sato.user.pk, callback_id=offer.pk)


def test_nobody_accepts_what_was_offered_to_somebody_else(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    desk.on_duty(desk.tanaka)
    with pytest.raises(Stale):
        offers.accept(agent_id=desk.tanaka.user.pk, callback_id=offer.pk)
    with pytest.raises(Stale):
        offers.claim(agent_id=desk.tanaka.user.pk, callback_id=offer.pk)


def test_an_agent_with_a_case_is_offered_nothing_and_cannot_go_off_duty(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    desk.asks(email="b@example.jp", number="+819011110002")
    assert dispatch.dispatch() == 0
    with pytest.raises(Denied):
        shifts.go_off_duty(agent_id=desk.sato.user.pk)
    changes.hand_back(case=case, by=desk.sato.user.pk, reason="tired")
    shifts.go_off_duty(agent_id=desk.sato.user.pk)
    assert Duty.objects.get(agent=desk.sato.user).state == DutyState.OFF


def test_going_off_duty_passes_the_offer_on(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato, desk.tanaka)
    dispatch.dispatch()
    assert offered(desk) == case.pk
    shifts.go_off_duty(agent_id=desk.sato.user.pk)
    dispatch.dispatch()
    assert offered(desk, "tanaka") == case.pk


def test_a_case_handed_back_keeps_its_place_and_is_not_offered_to_the_same_agent_again(desk: Desk) -> None:
    case, _ = desk.asks()
    asked = case.callback.asked_at
    desk.on_duty(desk.sato)
    desk.accepted()
    changes.hand_back(case=Case.objects.get(pk=case.pk), by=desk.sato.user.pk, reason="I know her")
    callback = Callback.objects.get(case=case)
    assert (callback.state, callback.asked_at) == (CallbackState.WAITING, asked)
    assert dispatch.dispatch() == 0
    desk.on_duty(desk.tanaka)
    assert dispatch.dispatch() == 1


def test_taking_by_hand_needs_a_free_agent(desk: Desk) -> None:
    case, _ = desk.asks()
    with pytest.raises(Denied):
        offers.claim(agent_id=desk.sato.user.pk, callback_id=case.callback.pk)
    desk.on_duty(desk.sato)
    assert offers.claim(agent_id=desk.sato.user.pk, callback_id=case.callback.pk).state == CaseState.WORKING


def test_nobody_works_on_their_own_account(desk: Desk) -> None:
    case, _ = desk.asks(email="sato@orikaeshi.example")
    assert case.account_id == desk.sato.user.pk
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 0
    with pytest.raises(Denied):
        offers.claim(agent_id=desk.sato.user.pk, callback_id=case.callback.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(agent=desk.sato.user)


def test_an_unprotected_case_is_not_offered_before_the_sweep_has_protected_it(desk: Desk) -> None:
    case, _ = intake.open_case(
        email="hanako@example.jp",
        number="+819011110001",
        category="taken_over",
        language="ja",
        zone="Asia/Tokyo",
    )
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 0
    dispatch.sweep()
    case.refresh_from_db()
    assert case.protected_at is not None
    assert offered(desk) == case.pk


def crowd(desk: Desk, size: int, first: int = 0) -> list[int]:
    """So many ask whom nobody knows, each from a number of their own; nothing is protected yet."""
    numbers = range(first, first + size)
    asked = [
        intake.open_case(
            email=f"p{number}@example.jp",
            number=f"+8190{number:08}",
            category="taken_over",
            language="ja",
            zone="Asia/Tokyo",
            browser="a" * 64,
        )
        for number in numbers
    ]
    return [case.pk for case, _capability in asked]


def test_a_crowd_is_protected_and_offered_in_the_order_in_which_it_asked(desk: Desk) -> None:
    asked = crowd(desk, protect.PROTECTED_AT_ONCE + 5)
    desk.on_duty(desk.sato, desk.tanaka)
    dispatch.take_in()
    assert not Case.objects.filter(protected_at__isnull=True).exists()
    assert {offered(desk), offered(desk, "tanaka")} == set(asked[:2])
    events = Event.objects.filter(action="case.protected", case__in=asked)
    assert list(events.order_by("case").values_list("case", flat=True)) == asked
    assert {str(one["matched"]) for one in events.values_list("details", flat=True)} == {"False"}
    for case in Case.objects.filter(pk__in=asked):
        changes.withdraw(case=case)
    assert not Callback.objects.exclude(browser="").exists(), "nobody needs the browser any more"


def test_in_a_crowd_the_account_that_was_taken_over_is_found(desk: Desk) -> None:
    crowd(desk, 3)
    hers, _ = intake.open_case(
        email="Hanako@Example.jp", number=NUMBER, category="other", language="ja", zone="Asia/Tokyo"
    )
    crowd(desk, 3, first=3)
    desk.on_duty(desk.sato)
    dispatch.take_in()
    hers.refresh_from_db()
    assert (hers.account_id, hers.is_takeover) == (desk.hanako.user.pk, True)
    assert offered(desk) == hers.pk, "a takeover that runs is called first"


def test_what_another_worker_protected_just_before_is_not_protected_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hers, _ = intake.open_case(
        email="hanako@example.jp", number=NUMBER, category="other", language="ja", zone="Asia/Tokyo"
    )
    asked = [hers.pk, *crowd(desk, 2)]
    # As PostgreSQL shows it to a statement that began before the other worker was done.
    monkeypatch.setattr(protect, "_unprotected", lambda: Callback.objects.select_for_update(of=("self",)))
    for _time in range(2):
        dispatch.take_in()
        protect.protect(case_id=hers.pk)
    events = Event.objects.filter(action="case.protected", case__in=asked)
    assert list(events.order_by("case").values_list("case", flat=True)) == asked


def test_one_case_that_cannot_be_looked_into_holds_up_nobody_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*, user_id: int, case: int) -> None:
        raise RuntimeError(user_id, case)

    monkeypatch.setattr(freezes, "protect", fails)
    hers, _ = intake.open_case(
        email="hanako@example.jp", number=NUMBER, category="other", language="ja", zone="Asia/Tokyo"
    )
    (other,) = crowd(desk, 1)
    desk.on_duty(desk.sato)
    for _time in range(2):
        tasks.dispatch()
        tasks.sweep()
    assert offered(desk) == other
    assert f"case {hers.pk} was not protected" in caplog.text
    monkeypatch.undo()
    tasks.sweep()
    hers.refresh_from_db()
    assert hers.protected_at is not None


def test_of_two_requests_for_one_number_that_are_due_at_once_one_is_offered(desk: Desk) -> None:
    first, _ = desk.asks(email="a@example.jp")
    desk.asks(email="b@example.jp")
    desk.on_duty(desk.sato, desk.tanaka)
    with CaptureQueriesContext(connection) as spent:
        assert dispatch.dispatch() == 1
    assert offered(desk) == first.pk
    tried = [one for one in spent if one["sql"].startswith('UPDATE "recovery_callback"')]
    assert len(tried) == 1, "the other one is not even tried"


def test_wrap_up_ends_by_itself(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    assert Duty.objects.get(agent=desk.sato.user).state == DutyState.WRAP_UP
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        desk.here(desk.sato)
        shifts.end_overdue_wrap_ups()
    assert Duty.objects.get(agent=desk.sato.user).state == DutyState.FREE


def test_the_same_number_is_never_called_by_two_agents_at_once(desk: Desk) -> None:
    desk.asks()
    desk.asks(email="b@example.jp")
    desk.on_duty(desk.sato)
    desk.accepted()
    desk.on_duty(desk.tanaka)
    assert dispatch.dispatch() == 0


def test_a_second_try_is_made_when_it_is_due_and_after_three_a_mail_is_written(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    now = clock.now()
    for wait in (timedelta(0), timedelta(minutes=11), timedelta(hours=14)):
        now += wait
        with clock.pretend(now):
            desk.here(desk.sato)
            case = desk.accepted()
            attempt = desk.calls(case)
            again = calls.unanswered(
                attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER
            )
    assert not again
    case.refresh_from_db()
    assert case.state == CaseState.UNREACHABLE
    assert set(Delivery.objects.filter(message="unreachable").values_list("address", flat=True)) == {
        "hanako@example.jp"
    }


def test_the_place_in_line_tells_no_stranger_that_an_account_was_taken_over(desk: Desk) -> None:
    for last in range(3):
        desk.asks(email=f"p{last}@example.jp", number=f"+81901111000{last}")
    taken, _ = desk.asks()
    nobody, _ = desk.asks(email="nobody@example.com", number="+819011110009")
    assert queue_wait.of(taken.callback).ahead == 3
    assert queue_wait.of(nobody.callback).ahead == 4
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    assert offered(desk) == taken.pk


def test_the_place_counts_everybody_who_is_due_earlier_or_matters_more(desk: Desk) -> None:
    lost, _ = desk.asks(email="a@example.jp", number="+819011110001", category="lost_factor")
    desk.asks(email="b@example.jp", number="+819011110002", language="en")
    first, _ = desk.asks(email="c@example.jp", number="+819011110003")
    second, _ = desk.asks(email="d@example.jp", number="+819011110004")
    places = [queue_wait.of(case.callback).ahead for case in (first, second, lost)]
    assert places == [0, 1, 2]


def test_a_call_that_everybody_passed_on_is_offered_again_after_a_minute(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    offers.decline_offer(agent_id=desk.sato.user.pk, callback_id=case.callback.pk)
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1
    assert offered(desk) == case.pk
