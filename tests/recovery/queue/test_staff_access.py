"""Sato loses his access in the middle of his work: nothing stays in his hands, and Hanako is called again."""

import pytest

import audit.reading
from accounts.models import User
from accounts.roles import Role
from accounts.staff import services as staff
from common import clock
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Case, Duty
from recovery.models.case import RefusalReason
from recovery.models.evidence import Method
from recovery.queue import dispatch, presence
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState, CallbackState, CaseState, DutyState, EvidenceState
from tests.support import desk_scenario, people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return desk_scenario.build()


@pytest.fixture
def admin() -> int:
    made = people.join(
        email="suzuki@orikaeshi.example", name="Suzuki", place=people.DESK, at=clock.now(), role="admin"
    )
    return made.user.pk


def disables(admin: int, desk: Desk) -> None:
    staff.disable(actor_id=admin, person_id=desk.sato.user.pk)


def duty(desk: Desk) -> str:
    return Duty.objects.get(agent=desk.sato.user).state


def test_his_case_goes_back_to_its_place_in_line(desk: Desk, admin: int) -> None:
    case, _ = desk.asks()
    asked_at = case.callback.due_at
    desk.on_duty(desk.sato)
    case = desk.accepted()
    disables(admin, desk)
    case = Case.objects.select_related("callback").get(pk=case.pk)
    assert (case.state, case.agent_id) == (CaseState.WAITING, None)
    assert (case.callback.state, case.callback.due_at) == (CallbackState.WAITING, asked_at)
    assert duty(desk) == DutyState.OFF
    taken = [one for one in audit.reading.of_case(case.pk) if one.action == "case.reassigned"]
    assert [one.details["reason"] for one in taken] == ["disabled"]


def test_in_a_call_it_counts_as_broken_off_and_another_agent_calls_again(desk: Desk, admin: int) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    disables(admin, desk)
    assert CallAttempt.objects.get().state == AttemptState.CANCELLED
    assert not case.evidence.exclude(state=EvidenceState.VOIDED).exists()
    assert duty(desk) == DutyState.OFF
    desk.on_duty(desk.tanaka)
    assert desk.accepted(desk.tanaka).pk == case.pk


def test_still_on_the_phone_after_his_case_was_closed(desk: Desk, admin: int) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    changes.refuse(case=case, by=desk.sato.user.pk, reason=RefusalReason.NOT_SHOWN)
    assert duty(desk) == DutyState.BUSY
    disables(admin, desk)
    assert CallAttempt.objects.get().state == AttemptState.ENDED
    assert duty(desk) == DutyState.OFF
    assert Case.objects.get(pk=case.pk).is_snapshot


def test_an_offer_goes_on_and_is_not_offered_to_him_again(desk: Desk, admin: int) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.sato.user.pk)
    disables(admin, desk)
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.sato.user.pk) is None
    assert duty(desk) == DutyState.OFF
    off = audit.reading.of_account(desk.sato.user.pk, clock.now().replace(hour=0), actions=["agent.off_duty"])
    assert [one.details["reason"] for one in off] == ["disabled"]


def test_who_becomes_an_admin_hands_back_their_case(desk: Desk, admin: int) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    desk.accepted()
    staff.change_role(actor_id=admin, person_id=desk.sato.user.pk, role=Role.ADMIN, was="agent")
    assert Case.objects.get(pk=case.pk).agent_id is None
    assert duty(desk) == DutyState.OFF


def test_a_supervisor_who_becomes_an_agent_keeps_the_case_in_hand(desk: Desk, admin: int) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.tanaka)
    desk.accepted(desk.tanaka)
    staff.change_role(actor_id=admin, person_id=desk.tanaka.user.pk, role=Role.AGENT, was="supervisor")
    assert Case.objects.get(pk=case.pk).agent_id == desk.tanaka.user.pk


def test_being_signed_out_alone_leaves_the_case_in_hand(desk: Desk, admin: int) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    desk.accepted()
    staff.end_sessions(actor_id=admin, person_id=desk.sato.user.pk)
    assert Case.objects.get(pk=case.pk).agent_id == desk.sato.user.pk


def test_what_slipped_through_is_found_by_the_sweep(desk: Desk) -> None:
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    calls.place(case=case, agent_id=desk.sato.user.pk)
    User.objects.filter(pk=desk.sato.user.pk).update(is_active=False)
    presence.sweep()
    assert Case.objects.get(pk=case.pk).agent_id is None
    assert duty(desk) == DutyState.OFF
