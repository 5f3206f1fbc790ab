"""The board and the second person's decision."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from common import clock
from recovery.approvals import services as approvals
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models import Approval, CallSpending, Case
from recovery.models.evidence import Method
from recovery.states import ApprovalState, CaseState
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.console.test_console import mailed_code
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def tanaka(desk: Desk) -> Agent:
    User.objects.filter(pk=desk.tanaka.user.pk).update(language="en")
    return Agent(desk.tanaka)


@pytest.fixture
def wanted(desk: Desk) -> Approval:
    """Sato's caller has shown a mailed and a saved code; he asks for a second person."""
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code())
    assert desk.shows_recovery_code(case)
    return approvals.request(case=case, agent_id=desk.sato.user.pk, reason="Lost her phone as well.")


def test_the_board_does_not_exist_for_an_agent(desk: Desk) -> None:
    assert Agent(desk.sato).get("board:overview").status_code == 404


def test_the_board_shows_who_waits_who_works_and_on_what(desk: Desk, tanaka: Agent) -> None:
    desk.asks(email="a@example.jp", number="+819011110001")
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    page = tanaka.sees("board:overview")
    assert f"/desk/case/{case.pk}/" in page
    assert "a••••@example.jp" in page
    assert "Sato" in page
    assert "On a case" in page
    for part in ("figures", "approvals", "cases", "agents"):
        tanaka.sees("board:overview", part=part)


def test_a_supervisor_sees_where_no_more_calls_may_be_placed_today(tanaka: Agent, settings: Any) -> None:
    assert "call limit has been reached for these countries" not in tanaka.sees("board:overview")
    settings.CALLS_PER_REGION_A_DAY = 10
    CallSpending.objects.create(region="JP", day=clock.now().date(), calls=8)
    page = tanaka.sees("board:overview")
    assert "call limit has been reached for these countries" in page
    assert "<b>Japan</b>" in page


def test_a_case_is_reassigned_only_with_a_reason(desk: Desk, tanaka: Agent) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    assert "Take" in tanaka.sees("board:reassign", case.pk)
    assert tanaka.clicks("board:reassign", case.pk).status_code == 422
    assert tanaka.clicks("board:reassign", case.pk, reason="He was called away.").status_code == 302
    case.refresh_from_db()
    assert (case.state, case.agent_id) == (CaseState.WAITING, None)


def test_a_supervisor_sees_reason_evidence_and_plan_and_approves(wanted: Approval, tanaka: Agent) -> None:
    page = tanaka.sees("board:approval", wanted.pk)
    assert "Lost her phone as well." in page
    assert "What a restore would do" in page
    assert "Suspected takeover" in page
    tanaka.clicks("board:approval", wanted.pk, decision="approve")
    wanted.refresh_from_db()
    assert (wanted.state, wanted.decided_by_id) == (ApprovalState.APPROVED, tanaka.actor.user.pk)


def test_a_supervisor_may_decline(wanted: Approval, tanaka: Agent) -> None:
    assert tanaka.clicks("board:approval", wanted.pk, decision="decline").status_code == 422
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.REQUESTED
    tanaka.clicks("board:approval", wanted.pk, decision="decline", reason="Two codes from one mailbox.")
    wanted.refresh_from_db()
    assert (wanted.state, wanted.decline_reason) == (ApprovalState.DECLINED, "Two codes from one mailbox.")
    assert "Two codes from one mailbox." in tanaka.sees("board:approval", wanted.pk)


def test_the_agent_reads_why_a_supervisor_declined(wanted: Approval, tanaka: Agent, desk: Desk) -> None:
    tanaka.clicks("board:approval", wanted.pk, decision="decline", reason="Two codes from one mailbox.")
    page = Agent(desk.sato).sees("console:case", wanted.case_id, part="side")
    assert "Two codes from one mailbox." in page


def test_the_second_person_reads_the_notes(wanted: Approval, tanaka: Agent, desk: Desk) -> None:
    changes.add_note(case=wanted.case, by=desk.sato.user.pk, text="She was calm.")
    assert "She was calm." in tanaka.sees("board:approval", wanted.pk)


def test_a_late_second_decision_is_told_so_and_changes_nothing(wanted: Approval, tanaka: Agent) -> None:
    tanaka.clicks("board:approval", wanted.pk, decision="decline", reason="No.")
    tanaka.shows_factor().clicks("board:approval", wanted.pk, decision="approve")
    assert "This has already been decided." in tanaka.sees("board:approval", wanted.pk)
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.DECLINED


def test_who_asked_does_not_decide(desk: Desk, tanaka: Agent) -> None:
    desk.asks()
    desk.on_duty(desk.tanaka)
    case = desk.talking(desk.tanaka)
    address = takeover_selectors.offerable(case).addresses[0]
    agent = desk.tanaka.user.pk
    asked = evidence.ask(case=case, agent_id=agent, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code())
    assert desk.shows_recovery_code(case, desk.tanaka)
    own = approvals.request(case=case, agent_id=agent, reason="I am sure.")
    page = tanaka.sees("board:approval", own.pk)
    assert 'value="approve"' not in page
    tanaka.clicks("board:approval", own.pk, decision="approve")
    own.refresh_from_db()
    assert own.state == ApprovalState.REQUESTED


def test_deciding_asks_for_a_fresh_second_factor(wanted: Approval, tanaka: Agent) -> None:
    session = tanaka.client.session
    session["factor_at"] = 0
    session.save()
    answer = tanaka.clicks("board:approval", wanted.pk, decision="approve")
    assert answer.url.startswith(reverse("accounts:verify"))
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.REQUESTED


def test_a_read_for_an_approval_is_in_the_trail(wanted: Approval, tanaka: Agent) -> None:
    tanaka.sees("board:approval", wanted.pk)
    read = Event.objects.filter(action="case.read").latest("id")
    assert (read.actor, read.details["reason"]) == (tanaka.actor.user.pk, "second_person")
    assert read.case == Case.objects.get().pk
