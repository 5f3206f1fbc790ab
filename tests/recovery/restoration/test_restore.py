"""Restoring: what the policy does not allow, nothing can do; what it allows happens whole or not at all."""

from datetime import timedelta

import pytest

import accounts.selectors
import audit.reading
from accounts.credentials import services as credentials
from accounts.freezes import services as freezes
from accounts.models import Authenticator, Freeze, PasswordLink, Session, User
from accounts.retention import services as retention
from common import clock
from common.errors import Denied, Stale
from notifications.models import Delivery
from recovery import current_work, lifecycle
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models import Approval, Case
from recovery.models.evidence import Method
from recovery.queue import shifts
from recovery.restoration import services as restoration
from recovery.states import ApprovalState, AttemptState, CaseState
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def shows_mail(desk: Desk, case: Case) -> None:
    (address,) = takeover_selectors.offerable(case).addresses
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code("hanako@example.jp"))


def proved(desk: Desk) -> Case:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    assert desk.shows_app(case)
    shows_mail(desk, case)
    return case


def test_hanakos_account_is_put_back_to_before_the_takeover(desk: Desk) -> None:
    case = proved(desk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    user = User.objects.get(pk=desk.hanako.user.pk)
    assert user.email == "hanako@example.jp"
    assert not user.has_usable_password()
    (bound,) = Authenticator.objects.filter(user=user, kind="totp", removed_at=None)
    assert bound.bound_at < case.opened_at - timedelta(weeks=1)
    assert not Session.objects.filter(user=user, ended_at=None).exists()
    assert [one.reason for one in accounts.selectors.active_freezes(user.pk)] == ["hold"]
    assert PasswordLink.objects.filter(user=user, used_at=None).count() == 1
    case.refresh_from_db()
    assert case.state == CaseState.RESTORED


def test_the_findings_and_the_link_go_only_to_addresses_of_before(desk: Desk) -> None:
    case = proved(desk)
    before = Delivery.objects.latest("pk").pk
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    mails = Delivery.objects.filter(pk__gt=before)
    told = {(mail.message, mail.address) for mail in mails}
    assert ("findings", "hanako@example.jp") in told
    assert ("password_link", "hanako@example.jp") in told
    assert ("check_in", "hanako@example.jp") in told
    assert {message for message, address in told if address == people.THIEF_EMAIL} == {"address_removed"}


def test_the_check_in_waits_for_the_next_morning_of_the_owner(desk: Desk) -> None:
    case = proved(desk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    due = Delivery.objects.get(message="check_in").due_at
    assert due > clock.now() + timedelta(hours=9)


@pytest.mark.parametrize("shown", [set(), {"totp"}, {"email_code"}, {"recovery_code"}])
def test_less_than_two_methods_do_not_restore(desk: Desk, shown: set[str]) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    if "totp" in shown:
        desk.shows_app(case)
    if "email_code" in shown:
        shows_mail(desk, case)
    if "recovery_code" in shown:
        desk.shows_recovery_code(case)
    with pytest.raises(Denied):
        restoration.restore(case=case, agent_id=desk.sato.user.pk)
    assert User.objects.get(pk=desk.hanako.user.pk).email == people.THIEF_EMAIL
    refused = [entry for entry in audit.reading.of_case(case.pk) if entry.action == "restore.refused"]
    assert [entry.outcome for entry in refused] == ["denied"]


def test_two_codes_of_one_method_are_one_method(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_recovery_code(case)
    desk.shows_recovery_code(case)
    with pytest.raises(Denied):
        restoration.restore(case=case, agent_id=desk.sato.user.pk)


def test_without_her_authenticator_a_second_person_has_to_approve(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    shows_mail(desk, case)
    desk.shows_recovery_code(case)
    with pytest.raises(Denied):
        restoration.restore(case=case, agent_id=desk.sato.user.pk)
    approval = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="phone lost")
    with pytest.raises(Denied):
        approvals.decide(approval=approval, by=desk.sato.user.pk, approve=True)
    approvals.decide(approval=approval, by=desk.tanaka.user.pk, approve=True)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    case.refresh_from_db()
    assert case.state == CaseState.RESTORED


def test_a_used_recovery_code_is_replaced_by_one_that_is_shown_once(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    fresh = restoration.show_replacement(case=case)
    assert fresh
    assert len(fresh) == 16
    assert restoration.show_replacement(case=case) is None


def test_a_decision_is_made_once(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    shows_mail(desk, case)
    desk.shows_recovery_code(case)
    approval = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="phone lost")
    with pytest.raises(Stale):
        approvals.request(case=case, agent_id=desk.sato.user.pk, reason="again")
    late = Approval.objects.select_related("case").get(pk=approval.pk)
    approvals.decide(approval=approval, by=desk.tanaka.user.pk, approve=False, reason="Call again")
    with pytest.raises(Stale):
        approvals.decide(approval=late, by=desk.tanaka.user.pk, approve=True)
    assert Approval.objects.get().state == ApprovalState.DECLINED
    with pytest.raises(Denied):
        restoration.restore(case=case, agent_id=desk.sato.user.pk)


def test_restoring_twice_is_restoring_once(desk: Desk) -> None:
    case = proved(desk)
    again = Case.objects.get(pk=case.pk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    with pytest.raises(Denied):
        restoration.restore(case=again, agent_id=desk.sato.user.pk)
    assert Delivery.objects.filter(message="findings").count() == 1


def test_a_restore_that_fails_in_the_middle_leaves_nothing_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = proved(desk)

    def breaks(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(lifecycle, "close_case", breaks)
    with pytest.raises(RuntimeError):
        restoration.restore(case=case, agent_id=desk.sato.user.pk)
    user = User.objects.get(pk=desk.hanako.user.pk)
    assert user.email == people.THIEF_EMAIL
    assert user.has_usable_password()
    assert not Delivery.objects.filter(message="findings").exists()
    assert not Freeze.objects.filter(user=user, reason="hold").exists()
    assert not [entry for entry in audit.reading.of_case(case.pk) if entry.action == "case.restored"]


def test_the_plan_that_is_shown_is_the_plan_that_runs(desk: Desk) -> None:
    case = proved(desk)
    planned = takeover_selectors.plan_of(case)
    assert planned is not None
    kinds = [step.kind for step in planned.steps]
    assert kinds[:3] == ["email_back", "authenticator_out", "authenticator_back"]
    assert {"password_void", "sessions_ended", "hold"} <= set(kinds)
    assert takeover_selectors.plan_of(case) == planned


def test_after_a_restore_her_other_open_cases_end(desk: Desk) -> None:
    desk.asks(number="+819099990000")
    case = proved(desk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    states = set(Case.objects.values_list("state", flat=True))
    assert states == {CaseState.RESTORED, CaseState.SUPERSEDED}


def test_an_agent_whose_caller_shows_too_little_refuses_and_the_owner_is_told(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows(case, Method.RECOVERY_CODE, "wrong")
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    assert {mail.address for mail in Delivery.objects.filter(message="case_refused")} == {"hanako@example.jp"}
    case.refresh_from_db()
    assert case.state == CaseState.REFUSED


def test_the_freeze_keeps_the_thief_from_changing_anything_meanwhile(desk: Desk) -> None:
    from accounts import policies

    desk.asks()
    with pytest.raises(Denied):
        policies.check_can_change_credentials(desk.hanako.user.pk)
    freezes.lift(user_id=desk.hanako.user.pk, how="test")
    policies.check_can_change_credentials(desk.hanako.user.pk)


def test_the_conversation_may_go_on_after_the_restore(desk: Desk) -> None:
    case = proved(desk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    assert attempt.state == AttemptState.TALKING
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    assert current_work.live_attempt(case) is None


def test_who_missed_the_link_gets_it_again_by_another_call_and_nothing_else_happens(desk: Desk) -> None:
    case = proved(desk)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    user = desk.hanako.user
    old = [one.message for one in Delivery.objects.filter(message="findings")]
    with clock.pretend(clock.now() + timedelta(hours=26)):
        desk.asks()
        desk.here(desk.sato)
        again = desk.talking()
        assert desk.shows_app(again)
        assert desk.shows_recovery_code(again)
        restoration.restore(case=again, agent_id=desk.sato.user.pk)
        again.refresh_from_db()
        assert again.state == CaseState.RESTORED
        token = people.token_mailed_to("hanako@example.jp")
        credentials.choose_password_by_link(token=token, password="tall-river-quilt-97")
    assert User.objects.get(pk=user.pk).check_password("tall-river-quilt-97")
    assert [one.message for one in Delivery.objects.filter(message="findings")] == old


def test_what_undo_needs_is_kept_while_her_case_waits(desk: Desk) -> None:
    """Removed 29 days before she asked: on the third day of waiting it still is evidence."""
    with clock.pretend(clock.now() + timedelta(days=29)):
        case, _ = desk.asks()
    with clock.pretend(clock.now() + timedelta(days=32)):
        assert retention.shred() == 0
        assert takeover_selectors.offerable(case).ids(Method.TOTP)
        changes.withdraw(case=case)
        assert retention.shred() > 0
