"""Asking for a call: what is protected at once, what is left alone, who keeps which place."""

from datetime import timedelta

import pytest

import accounts.selectors
import audit.reading
from accounts.models import Freeze, Session
from common import clock
from common.errors import Stale
from notifications.models import Delivery
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.cases import selectors as case_selectors
from recovery.models import Callback, Case
from recovery.queue import dispatch, wait
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState, CallbackState, CaseState, DutyState
from recovery.takeover import protect
from tests.support import people
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db


def test_hanakos_request_ends_the_thiefs_session_and_freezes_her_sign_in_details(desk: Desk) -> None:
    case, _ = desk.asks()
    assert case.account_id == desk.hanako.user.pk
    assert case.is_takeover
    thief = Session.objects.get(user=desk.hanako.user, country="NL")
    assert thief.ended_at is not None
    freeze = Freeze.objects.get(user=desk.hanako.user)
    assert (freeze.reason, freeze.case, len(freeze.changes)) == ("call", case.pk, 3)
    assert freeze.until - freeze.placed_at == timedelta(days=8)
    assert Callback.objects.get(case=case).priority == 0


def test_a_session_of_the_owner_from_before_the_window_stays(desk: Desk) -> None:
    # The thief's new password ended all others: this one stands for a device that stayed signed in.
    older = people.come_in(desk.hanako.user, people.HOME, clock.now() - timedelta(hours=5))
    desk.asks()
    assert Session.objects.get(pk=older).ended_at is None


def test_a_strangers_request_does_not_touch_a_healthy_account(desk: Desk) -> None:
    kenji = people.join(
        email="kenji@example.com", name="Kenji", place=people.OSAKA, at=clock.now() - timedelta(weeks=5)
    )
    people.come_in(kenji.user, people.OSAKA, clock.now() - timedelta(hours=2))
    mails = Delivery.objects.count()
    case, _ = desk.asks(email="kenji@example.com")
    assert case.account_id == kenji.user.pk
    assert not case.is_takeover
    assert not Session.objects.filter(user=kenji.user, ended_at__isnull=False).exists()
    assert not Freeze.objects.filter(user=kenji.user).exists()
    assert Delivery.objects.count() == mails


def test_the_thiefs_address_finds_the_same_account_and_tells_nobody_there(desk: Desk) -> None:
    mails = set(Delivery.objects.values_list("pk", flat=True))
    case, _ = desk.asks(email=people.THIEF_EMAIL)
    assert case.account_id == desk.hanako.user.pk
    told = set(Delivery.objects.exclude(pk__in=mails).values_list("address", flat=True))
    assert told == {"hanako@example.jp"}


def test_an_address_that_nobody_has_gets_a_case_like_any_other(desk: Desk) -> None:
    case, capability = desk.asks(email="nobody@example.com")
    assert case.account_id is None
    assert case_selectors.case_by_capability(capability) == case
    desk.on_duty(desk.sato)
    assert desk.accepted().pk == case.pk


def test_the_capability_is_not_kept(desk: Desk) -> None:
    case, capability = desk.asks()
    assert capability not in str(Case.objects.values().get(pk=case.pk))
    assert case_selectors.case_by_capability("") is None
    assert case_selectors.case_by_capability(case.capability) is None


def test_protecting_twice_is_protecting_once(desk: Desk) -> None:
    case, _ = desk.asks()
    assert not protect.protect(case_id=case.pk)
    assert Freeze.objects.filter(user=desk.hanako.user).count() == 1


def test_asking_again_in_the_same_browser_keeps_the_place_and_is_called_once(desk: Desk) -> None:
    first, old = desk.asks()
    desk.asks(email="somebody@example.jp", number="+819011112222")
    second, new = desk.asks(instead_of=first)
    first.refresh_from_db()
    assert first.state == CaseState.SUPERSEDED
    assert second.callback.asked_at == first.callback.asked_at
    assert wait.of(second.callback).ahead == 0
    assert [row.case_id for row in queue_selectors.line() if row.number == NUMBER] == [second.pk]
    assert old != new


def test_the_number_can_be_corrected_until_somebody_calls_it(desk: Desk) -> None:
    case, _ = desk.asks()
    changes.change_number(case=case, number="+819087654321")
    assert Callback.objects.get(case=case).number == "+819087654321"
    desk.on_duty(desk.sato)
    desk.accepted()
    with pytest.raises(Stale):
        changes.change_number(case=case, number=NUMBER)
    assert Callback.objects.get(case=case).number == "+819087654321"


def test_a_moved_call_is_taken_back_from_the_agent_and_offered_when_it_is_due(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    due = clock.now() + timedelta(hours=9)
    changes.move_call(case=case, due_at=due)
    assert queue_selectors.offer_to(desk.sato.user.pk) is None
    assert dispatch.dispatch() == 0
    with clock.pretend(due + timedelta(seconds=1)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1


def test_cancelling_while_the_phone_rings_ends_the_call_and_frees_the_agent(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    changes.withdraw(case=case)
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.CANCELLED
    assert case.callback.__class__.objects.get(case=case).state == CallbackState.CANCELLED
    duty = queue_selectors.duty_of(desk.sato.user.pk)
    assert duty is not None
    assert duty.state == DutyState.WRAP_UP
    with pytest.raises(Stale):
        calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    with pytest.raises(Stale):
        changes.withdraw(case=Case.objects.get(pk=case.pk))


def test_a_restored_or_refused_case_cannot_be_cancelled_any_more(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    with pytest.raises(Stale):
        changes.withdraw(case=case)


def test_every_step_of_a_case_is_in_the_trail(desk: Desk) -> None:
    case, _ = desk.asks()
    changes.change_number(case=case, number="+819087654321")
    changes.withdraw(case=case)
    actions = [entry.action for entry in audit.reading.of_case(case.pk)]
    for action in ("case.opened", "case.protected", "freeze.placed", "case.number_changed", "case.withdrawn"):
        assert action in actions, action
    assert not any(NUMBER in str(entry.details) for entry in audit.reading.of_case(case.pk))


def test_find_account_prefers_who_has_the_address_now(desk: Desk) -> None:
    assert accounts.selectors.find_account("Hanako@Example.JP") == desk.hanako.user.pk
