"""What calls cost is bounded: by number, by range, by region."""

from datetime import timedelta
from typing import Any

import pytest

from common import clock
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.models import CallAttempt, CallSpending, Case
from recovery.queue import dispatch, shifts
from recovery.states import AttemptState, CaseState
from tests.recovery.cases.claimants import Claimant, protect_all, rings, stranger
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def test_a_number_that_rang_in_vain_rests_before_it_rings_for_a_new_request(desk: Desk) -> None:
    desk.on_duty(desk.sato)
    first = stranger(1).gets_in_line(number="+819033334444")
    protect_all()
    attempt = rings(desk)
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.INVALID_NUMBER)
    first.refresh_from_db()
    assert first.state == CaseState.UNREACHABLE
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    stranger(2).gets_in_line(number="+819033334444")
    protect_all()
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(minutes=11)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1


def test_a_number_where_nobody_has_a_page_rests_too(desk: Desk) -> None:
    """Else strangers could have her telephone ring all night, each time about another e-mail."""
    desk.on_duty(desk.sato)
    stranger(1).gets_in_line(email="one@example.com")
    protect_all()
    attempt = rings(desk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    changes.refuse(case=Case.objects.get(), by=desk.sato.user.pk, reason="abuse")
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    stranger(2).gets_in_line(email="two@example.com")
    protect_all()
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(minutes=11)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1


def test_a_range_of_numbers_is_not_called_through(desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = stranger(1).gets_in_line(number="+819033334444")
    protect_all()
    attempt = rings(desk)
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.INVALID_NUMBER)
    CallAttempt.objects.bulk_create(
        CallAttempt(
            key=f"00000000-0000-0000-0000-{count:012d}",
            callback=case.callback,
            agent=desk.sato.user,
            state=AttemptState.NO_ANSWER,
            number=f"+8190555566{count:02d}",
            words="a b",
            read_out="000000",
            placed_at=clock.now() - timedelta(minutes=20),
            ended_at=clock.now() - timedelta(minutes=19),
        )
        for count in range(30)
    )
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    stranger(2).gets_in_line(number="+819055556677")
    protect_all()
    assert dispatch.dispatch() == 0
    stranger(3).gets_in_line(number="+819055557777")
    protect_all()
    assert dispatch.dispatch() == 1


def test_the_budget_of_a_day_is_held_and_a_fifth_of_it_kept_for_owners_at_home(
    desk: Desk, settings: Any
) -> None:
    settings.CALLS_PER_REGION_A_DAY = 10
    CallSpending.objects.create(region="JP", day=clock.now().date(), calls=8)
    desk.on_duty(desk.sato)
    away = Claimant("203.0.113.5")
    away.gets_in_line(email="kenji@example.com", number="+819033334444")
    protect_all()
    assert dispatch.dispatch() == 0
    assert "We can call you tomorrow" in away.page
    her = Claimant(people.HOME.address)
    her.gets_in_line()
    protect_all()
    assert rings(desk).callback == her.case.callback
    assert CallSpending.objects.get().calls == 9


def test_when_the_whole_budget_is_used_up_nobody_is_called(desk: Desk, settings: Any) -> None:
    settings.CALLS_PER_REGION_A_DAY = 10
    CallSpending.objects.create(region="JP", day=clock.now().date(), calls=10)
    desk.on_duty(desk.sato)
    Claimant(people.HOME.address).gets_in_line()
    protect_all()
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(days=1)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1
