"""The second person agrees to this evidence and this plan, has never worked on the case, and says why not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Authenticator, User
from accounts.rollback.plans import Step
from audit.models import Event
from common import clock, live
from common.errors import Denied, Stale
from recovery import tasks
from recovery.approvals import services as approvals
from recovery.approvals.plans import plan_fingerprint
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models import Approval, Case, Evidence
from recovery.models.evidence import Method
from recovery.queue import dispatch, shifts
from recovery.restoration import services as restoration
from recovery.states import ApprovalState, AttemptState, CaseState
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.console.test_console import mailed_code
from tests.support import people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk

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
    shows_mail(desk, case)
    assert desk.shows_recovery_code(case)
    return case


@pytest.fixture
def wanted(desk: Desk, case: Case) -> Approval:
    return approvals.request(case=case, agent_id=desk.sato.user.pk, reason="She lost her phone.")


@pytest.fixture
def approved(desk: Desk, wanted: Approval) -> Approval:
    approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=True)
    return wanted


def shows_mail(desk: Desk, case: Case) -> Evidence:
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code())
    return asked


def restores(desk: Desk, case: Case) -> bool:
    try:
        restoration.restore(case=case, agent_id=desk.sato.user.pk)
    except Denied:
        return False
    return True


# It dies with what it is about


def test_what_was_approved_is_what_is_restored(desk: Desk, case: Case, approved: Approval) -> None:
    assert set(approved.evidence) == set(Evidence.objects.values_list("pk", flat=True))
    assert restores(desk, case)
    tasks.sweep()
    approved.refresh_from_db()
    assert approved.state == ApprovalState.APPROVED, "what was decided stays"


def test_evidence_that_ran_out_and_was_shown_anew_is_not_what_was_approved(
    desk: Desk, case: Case, approved: Approval
) -> None:
    with clock.pretend(clock.now() + timedelta(minutes=31)):
        tasks.sweep()
        approved.refresh_from_db()
        assert approved.state == ApprovalState.WITHDRAWN
        assert Event.objects.filter(action="approval.withdrawn", case=case.pk).count() == 1
        shows_mail(desk, case)
        assert desk.shows_recovery_code(case)
        assert not restores(desk, case)


def test_between_two_sweeps_it_is_no_better(desk: Desk, case: Case, approved: Approval) -> None:
    with clock.pretend(clock.now() + timedelta(minutes=31)):
        evidence.expire()
        shows_mail(desk, case)
        assert desk.shows_recovery_code(case)
        assert not restores(desk, case)
    approved.refresh_from_db()
    assert approved.state == ApprovalState.WITHDRAWN


def test_asking_anew_takes_it_back_at_once(desk: Desk, case: Case, approved: Approval) -> None:
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    approved.refresh_from_db()
    assert approved.state == ApprovalState.WITHDRAWN
    page = Agent(desk.sato).sees("console:case", case.pk, part="side")
    assert "The evidence or the restore plan has changed since you asked" in page


def test_who_may_decide_and_who_asked_see_it_go(
    desk: Desk, case: Case, wanted: Approval, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(live, "publish_on_commit", lambda channel, *_parts: told.append(channel))
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.WITHDRAWN
    assert {"desk", f"case:{case.pk}", f"agent:{desk.sato.user.pk}"} <= set(told)


def test_a_request_that_nobody_has_decided_dies_too(desk: Desk, case: Case, wanted: Approval) -> None:
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    with pytest.raises((Stale, Denied)):
        approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=True)
    wanted.refresh_from_db()
    assert (wanted.state, wanted.decided_by) == (ApprovalState.WITHDRAWN, None)


def test_more_evidence_takes_nothing_back(desk: Desk, case: Case, approved: Approval) -> None:
    assert desk.shows_app(case)
    tasks.sweep()
    approved.refresh_from_db()
    assert approved.state == ApprovalState.APPROVED
    assert restores(desk, case)


def test_another_change_of_the_account_makes_another_plan(desk: Desk, case: Case, approved: Approval) -> None:
    """What came after the second person had looked at the plan, they have not agreed to."""
    Authenticator.objects.filter(user=desk.hanako.user, removed_at=None).update(name="Another phone")
    assert not restores(desk, case)
    approved.refresh_from_db()
    assert approved.state == ApprovalState.WITHDRAWN
    case.refresh_from_db()
    assert case.state == CaseState.WORKING


def test_a_session_that_begins_or_ends_makes_no_other_plan(
    desk: Desk, case: Case, approved: Approval
) -> None:
    people.come_in(desk.hanako.user, people.OSAKA, clock.now() - timedelta(minutes=1))
    tasks.sweep()
    approved.refresh_from_db()
    assert approved.state == ApprovalState.APPROVED


def test_the_fingerprint_tells_plans_apart_and_nothing_else(desk: Desk, case: Case) -> None:
    planned, again = takeover_selectors.plan_of(case), takeover_selectors.plan_of(case)
    assert planned is not None
    assert again is not None
    assert plan_fingerprint(planned) == plan_fingerprint(again)
    assert plan_fingerprint(planned) != plan_fingerprint(replace(planned, steps=planned.steps[1:]))
    left_out = replace(planned.lines[0], chosen=False)
    assert plan_fingerprint(planned) != plan_fingerprint(
        replace(planned, lines=(left_out, *planned.lines[1:]))
    )
    moment = clock.now()
    one, other = (
        replace(planned, steps=(Step("authenticator_out", {"id": 1, "bound_at": at}),))
        for at in (moment, moment + timedelta(microseconds=1))
    )
    assert plan_fingerprint(one) != plan_fingerprint(other)


def test_the_database_keeps_no_approval_of_nothing(desk: Desk, case: Case, wanted: Approval) -> None:
    row = Approval.objects.filter(pk=wanted.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(plan="")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(evidence=[])


def test_nothing_is_declined_without_a_reason(desk: Desk, wanted: Approval) -> None:
    with pytest.raises(Denied):
        approvals.decide(approval=wanted, by=desk.tanaka.user.pk, approve=False, reason="  ")
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=wanted.pk).update(
            state=ApprovalState.DECLINED, decided_by=desk.tanaka.user, decided_at=clock.now()
        )


# Who worked on the case is never the second person


def worked_then_passed_on(desk: Desk, how: str) -> Case:
    """Tanaka had to do with the case; then Sato takes it and asks for a second person."""
    desk.asks()
    tanaka = desk.tanaka.user.pk
    if how == "reassigned it":
        desk.on_duty(desk.sato)
        case = desk.accepted()
        changes.reassign(case=case, by=tanaka, reason="He is needed elsewhere.")
        shifts.go_off_duty(agent_id=desk.sato.user.pk)
        desk.on_duty(desk.sato)
    else:
        desk.on_duty(desk.tanaka)
        case = desk.talking(desk.tanaka) if how == "completed" else desk.accepted(desk.tanaka)
        if how == "added a note":
            changes.add_note(case=case, by=tanaka, text="She sounds like it.")
        if how == "completed":
            assert desk.shows_recovery_code(case, desk.tanaka)
        if how == "could not reach her":
            attempt = desk.calls(case, desk.tanaka)
            calls.unanswered(attempt=attempt, agent_id=tanaka, outcome=AttemptState.BUSY)
            case.callback.refresh_from_db()
            changes.move_call(case=case, due_at=clock.now())
        else:
            changes.hand_back(case=case, by=tanaka, reason="I am called away.")
        desk.on_duty(desk.sato)
    case = wait_for(desk)
    shows_mail(desk, case)
    assert desk.shows_recovery_code(case)
    return case


def wait_for(desk: Desk) -> Case:
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        desk.here(desk.sato)
        dispatch.dispatch()
    return desk.talking()


HOW = ("had it and handed it back", "completed", "added a note", "could not reach her", "reassigned it")


@pytest.mark.parametrize("how", HOW)
def test_a_supervisor_who_worked_on_the_case_never_approves_it(desk: Desk, how: str) -> None:
    case = worked_then_passed_on(desk, how)
    wanted = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="She lost her phone.")
    tanaka = Agent(desk.tanaka)
    page = tanaka.sees("board:approval", wanted.pk)
    assert 'value="approve"' not in page
    assert "you’ve worked on this case yourself" in page
    tanaka.clicks("board:approval", wanted.pk, decision="approve")
    tanaka.clicks("board:approval", wanted.pk, decision="decline", reason="No.")
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.REQUESTED
    assert not restores(desk, case)


def test_the_database_lets_nobody_decide_who_worked_on_the_case(desk: Desk, wanted: Approval) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=wanted.pk).update(
            decided_by=desk.tanaka.user, decided_at=clock.now(), worked_by=[desk.tanaka.user.pk]
        )


def test_the_database_knows_every_agent_of_a_case_as_one_who_worked_on_it(desk: Desk, case: Case) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(agent=desk.tanaka.user)


def test_a_decided_approval_shows_the_decision_and_not_the_account(desk: Desk, wanted: Approval) -> None:
    """The case is in line again and unproved: the page of the old approval is no way round."""
    changes.hand_back(case=wanted.case, by=desk.sato.user.pk, reason="I am called away.")
    page = Agent(desk.tanaka).sees("board:approval", wanted.pk)
    assert "The approval request was withdrawn" in page
    assert "Hanako" not in page
