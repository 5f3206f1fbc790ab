"""Evidence: what was bound before the window counts, for this case and this agent, for half an hour."""

from datetime import timedelta

import pytest

from common import clock, encryption
from common.errors import Denied, Stale
from notifications.models import Delivery, DigestItem
from recovery.approvals import readiness
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.cases import selectors as case_selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Evidence
from recovery.models.evidence import Method
from recovery.states import EvidenceState
from recovery.takeover import selectors as takeover_selectors
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def passed(desk: Desk, case_id: int) -> set[str]:
    case = case_selectors.any_case(case_id)
    assert case is not None
    return set(readiness.readiness_of(case).passed)


def mailed_code(to: str) -> str:
    mail = Delivery.objects.filter(message="evidence_code", address=to).latest("pk")
    assert mail.params is not None
    return str(encryption.unseal(mail.params)["code"])


def test_her_old_authenticator_counts_though_the_thief_removed_it(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    assert desk.shows_app(case)
    assert passed(desk, case.pk) == {"totp"}


def test_the_thiefs_authenticator_does_not_count(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    assert not desk.shows(case, Method.TOTP, people.code_of(desk.thief_key, clock.now()))
    assert passed(desk, case.pk) == set()


def test_the_same_code_of_the_app_counts_once(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    code = desk.hanako.code()
    assert desk.shows(case, Method.TOTP, code)
    assert not desk.shows(case, Method.TOTP, code)


def test_a_code_goes_to_the_address_of_before_and_typing_it_counts(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    (address,) = takeover_selectors.offerable(case).addresses
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert address.value == "hanako@example.jp"
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=f" {mailed_code('hanako@example.jp')} ")
    assert passed(desk, case.pk) == {"email_code"}


def test_no_code_can_be_sent_to_the_thiefs_address(desk: Desk) -> None:
    from accounts.models import Identifier

    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    thief = Identifier.objects.get(value=people.THIEF_EMAIL)
    with pytest.raises(Denied):
        evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=thief.pk)
    assert not Delivery.objects.filter(message="evidence_code").exists()


def test_a_recovery_code_of_before_counts_and_is_used_up(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    code = desk.hanako.recovery_codes[0]
    assert desk.shows(case, Method.RECOVERY_CODE, f"{code[:4].upper()}-{code[4:8]} {code[8:]}")
    assert not desk.shows(case, Method.RECOVERY_CODE, code)


def test_nothing_can_be_asked_before_the_caller_has_read_out_the_code(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    with pytest.raises(Denied):
        evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    wrong = "000000" if attempt.read_out != "000000" else "111111"
    assert not calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=wrong)
    with pytest.raises(Denied):
        evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)


def test_read_out_codes_cannot_be_tried_without_end(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    wrong = "000000" if attempt.read_out != "000000" else "111111"
    for _ in range(calls.READ_OUT_FAILURES):
        assert not calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=wrong)
    with pytest.raises(Denied):
        calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)


def test_another_agent_can_neither_ask_nor_confirm(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    with pytest.raises(Denied):
        evidence.ask(case=case, agent_id=desk.tanaka.user.pk, method=Method.TOTP)
    attempt = CallAttempt.objects.get(callback__case=case)
    with pytest.raises(Denied):
        calls.confirm_read_out(attempt=attempt, agent_id=desk.tanaka.user.pk, typed=attempt.read_out)


def test_asking_anew_gives_no_new_tries(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    for _ in range(evidence_policies.FAILURES_A_METHOD):
        assert not desk.shows(case, Method.RECOVERY_CODE, "wrong")
    with pytest.raises(Denied):
        evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)


def test_the_owner_hears_of_the_first_wrong_answer_and_of_the_last(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    told = Delivery.objects.filter(message="evidence_failed")
    assert not desk.shows(case, Method.RECOVERY_CODE, "wrong")
    assert {row.address for row in told} == {"hanako@example.jp"}
    for _ in range(evidence_policies.FAILURES_A_METHOD - 1):
        desk.shows(case, Method.RECOVERY_CODE, "wrong")
    # Within the hour the last one comes with the digest.
    assert told.all().count() == 1
    assert DigestItem.objects.filter(message="evidence_failed").count() == 1


def test_a_question_whose_time_is_over_is_not_answered(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    with clock.pretend(asked.expires_at + timedelta(seconds=1)):
        with pytest.raises(Stale):
            evidence.answer(case=case, evidence_id=asked.pk, typed=desk.hanako.code())
        assert evidence.expire() == 1


def test_evidence_does_not_count_for_longer_than_half_an_hour(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    with clock.pretend(clock.now() + timedelta(minutes=31)):
        assert passed(desk, case.pk) == set()


def test_evidence_dies_when_the_case_changes_hands(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    changes.hand_back(case=case, by=desk.sato.user.pk, reason="shift ends")
    desk.on_duty(desk.tanaka)
    case = desk.talking(desk.tanaka)
    assert passed(desk, case.pk) == set()
    assert set(Evidence.objects.values_list("state", flat=True)) == {EvidenceState.VOIDED}


def test_the_code_by_mail_is_kept_only_as_a_hash_and_not_at_all_once_used(desk: Desk) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    (address,) = takeover_selectors.offerable(case).addresses
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    code = mailed_code("hanako@example.jp").replace(" ", "")
    assert code not in str(Evidence.objects.values().get(pk=asked.pk))
    evidence.answer(case=case, evidence_id=asked.pk, typed=code)
    assert Evidence.objects.get(pk=asked.pk).digest == ""


def test_an_account_of_staff_is_not_recovered_by_the_desk(desk: Desk) -> None:
    desk.asks(email="alice@orikaeshi.example")
    desk.on_duty(desk.sato)
    case = desk.talking()
    with pytest.raises(Denied):
        evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
