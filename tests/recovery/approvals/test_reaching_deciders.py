"""Who may decide hears of it on every page, by mail where nobody looks, and the agent hears the answer."""

from datetime import timedelta

import pytest

from accounts.models import User
from common import clock
from notifications.models import Delivery
from recovery import tasks
from recovery.approvals import services as approvals
from recovery.evidence import services as evidence
from recovery.models import Approval, Case
from recovery.models.evidence import Method
from recovery.queue import presence
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.console.test_console import mailed_code
from tests.support import people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk
from tests.support.people import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(desk: Desk) -> None:
    User.objects.filter(email__endswith="orikaeshi.example").update(language="en")


@pytest.fixture
def case(desk: Desk) -> Case:
    """She has shown a mailed code and a recovery code: a second person has to agree."""
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code())
    assert desk.shows_recovery_code(case)
    return case


@pytest.fixture
def wanted(desk: Desk, case: Case) -> Approval:
    return approvals.request(case=case, agent_id=desk.sato.user.pk, reason="She lost her phone.")


@pytest.fixture
def suzuki(desk: Desk) -> Actor:
    """Another supervisor."""
    return people.join(
        email="suzuki@orikaeshi.example",
        name="Suzuki",
        place=people.DESK,
        at=clock.now() - timedelta(weeks=9),
        role="supervisor",
        language="en",
    )


def written_to() -> list[str]:
    return sorted(Delivery.objects.filter(message="approval_wanted").values_list("address", flat=True))


def a_minute_later() -> None:
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        tasks.sweep()


# On the page


def test_a_supervisor_sees_on_every_page_how_much_waits_for_them(desk: Desk, wanted: Approval) -> None:
    tanaka = Agent(desk.tanaka)
    assert 'data-decisions="1"' in tanaka.sees("console:desk")
    assert 'data-decisions="1"' in tanaka.sees("board:overview")
    assert "1 decision is waiting for you." in tanaka.sees("console:desk", part="decisions")


def test_a_number_that_has_not_changed_is_not_sent_again(desk: Desk, wanted: Approval) -> None:
    assert Agent(desk.tanaka).get("console:desk", part="decisions", seen="1").status_code == 204


def test_once_it_is_decided_nothing_waits(desk: Desk, wanted: Approval) -> None:
    approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=True)
    assert 'data-decisions="0"' in Agent(desk.tanaka).sees("console:desk", part="decisions")


def test_an_agent_is_shown_no_number(desk: Desk, wanted: Approval) -> None:
    alice = Agent(desk.alice)
    assert "data-decisions" not in alice.sees("console:desk")
    assert 'data-decisions="0"' in alice.sees("console:desk", part="decisions")


def test_what_a_supervisor_has_worked_on_does_not_wait_for_them(desk: Desk, wanted: Approval) -> None:
    wanted.case.worked_by = [*wanted.case.worked_by, desk.tanaka.user.pk]
    wanted.case.save(update_fields=["worked_by"])
    assert 'data-decisions="0"' in Agent(desk.tanaka).sees("console:desk", part="decisions")


def test_the_agent_sees_the_decision_on_any_page(desk: Desk, wanted: Approval) -> None:
    sato = Agent(desk.sato)
    assert "a second person has" not in sato.sees("console:desk", part="presence")
    approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=False, reason="Two codes, one mailbox.")
    assert "a second person has declined" in sato.sees("console:desk", part="presence")


# By mail


def test_where_nobody_has_a_page_open_the_mail_is_written_at_once(desk: Desk, wanted: Approval) -> None:
    tasks.sweep()
    assert written_to() == ["tanaka@orikaeshi.example"]


def test_who_has_a_page_open_is_left_a_minute_to_look(desk: Desk, wanted: Approval) -> None:
    presence.here(agent_id=desk.tanaka.user.pk)
    tasks.sweep()
    assert written_to() == []
    a_minute_later()
    assert written_to() == ["tanaka@orikaeshi.example"]


def test_a_page_of_somebody_who_may_not_decide_holds_nothing_up(desk: Desk, wanted: Approval) -> None:
    presence.here(agent_id=desk.sato.user.pk)
    tasks.sweep()
    assert written_to() == ["tanaka@orikaeshi.example"]


def test_each_gets_one_mail(desk: Desk, suzuki: Actor, wanted: Approval) -> None:
    for _second in range(3):
        tasks.sweep()
    a_minute_later()
    assert written_to() == ["suzuki@orikaeshi.example", "tanaka@orikaeshi.example"]


def test_nobody_who_worked_on_the_case_gets_one(desk: Desk, suzuki: Actor, wanted: Approval) -> None:
    wanted.case.worked_by = [*wanted.case.worked_by, suzuki.user.pk]
    wanted.case.save(update_fields=["worked_by"])
    tasks.sweep()
    assert written_to() == ["tanaka@orikaeshi.example"]


def test_who_sits_where_the_request_came_from_gets_none(desk: Desk, suzuki: Actor, wanted: Approval) -> None:
    wanted.case.callback.from_staff = [suzuki.user.pk]
    wanted.case.callback.save(update_fields=["from_staff"])
    tasks.sweep()
    assert written_to() == ["tanaka@orikaeshi.example"]


def test_what_is_decided_in_time_is_written_to_nobody(desk: Desk, wanted: Approval) -> None:
    presence.here(agent_id=desk.tanaka.user.pk)
    approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=True)
    a_minute_later()
    assert written_to() == []


def test_asking_again_and_again_fills_no_mailbox(desk: Desk, case: Case, wanted: Approval) -> None:
    tasks.sweep()
    approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=False, reason="Not yet.")
    approvals.request(case=case, agent_id=desk.sato.user.pk, reason="She has called again.")
    tasks.sweep()
    assert written_to() == ["tanaka@orikaeshi.example"]
    with clock.pretend(clock.now() + timedelta(minutes=11)):
        tasks.sweep()
    assert written_to() == ["tanaka@orikaeshi.example"] * 2
