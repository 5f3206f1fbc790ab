"""Admins at the same moment, on two connections: one admin always stays, and nobody keeps a case in hand."""

from functools import partial

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.staff import services as staff
from common import clock
from recovery.models import Case, Duty
from recovery.queue import dispatch, offers, presence
from recovery.states import DutyState
from tests.concurrency.conftest import at_once
from tests.concurrency.test_desk import refusals
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def admins() -> tuple[int, int]:
    first, second = (
        people.join(
            email=f"{name}@orikaeshi.example",
            name=name.capitalize(),
            place=people.DESK,
            at=clock.now(),
            role="admin",
        )
        for name in ("suzuki", "ito")
    )
    return first.user.pk, second.user.pk


@pytest.mark.parametrize("_again", range(3))
def test_two_admins_who_disable_each_other(transactional_db: None, _again: int) -> None:
    suzuki, ito = admins()
    results = list(
        at_once(
            partial(staff.disable, actor_id=suzuki, person_id=ito),
            partial(staff.disable, actor_id=ito, person_id=suzuki),
        )
    )
    assert len(refusals(results)) == 1
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def test_one_disables_the_admin_who_demotes_them(transactional_db: None) -> None:
    suzuki, ito = admins()
    results = list(
        at_once(
            partial(staff.disable, actor_id=suzuki, person_id=ito),
            partial(staff.change_role, actor_id=ito, person_id=suzuki, role=Role.AGENT, was="admin"),
        )
    )
    assert len(refusals(results)) == 1
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


@pytest.mark.parametrize("_again", range(3))
def test_he_accepts_a_call_at_the_moment_at_which_he_is_disabled(desk: Desk, _again: int) -> None:
    suzuki, _ito = admins()
    case, _ = desk.asks()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    sato = desk.sato.user.pk
    results = list(
        at_once(
            partial(staff.disable, actor_id=suzuki, person_id=sato),
            partial(offers.accept, agent_id=sato, callback_id=case.callback.pk),
        )
    )
    refusals(results)
    presence.sweep()
    assert Case.objects.get(pk=case.pk).agent_id is None
    assert Duty.objects.get(agent=sato).state == DutyState.OFF
