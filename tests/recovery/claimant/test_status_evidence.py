"""The codes that her page asks for, and what a wrong one costs."""

import pytest
from django.test import Client

from accounts.models import Authenticator
from common import clock
from recovery.evidence import policies as evidence_policies
from recovery.evidence import services as evidence
from recovery.models import Evidence
from recovery.models.evidence import Method
from recovery.states import EvidenceState
from tests.recovery.claimant.status_page import answer, page
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def test_her_page_asks_for_the_code_and_shows_the_address_masked(hers: Client, asked: Evidence) -> None:
    seen = page(hers)
    assert "h••••o@example.jp" in seen
    assert "hanako@example.jp" not in seen
    assert 'autocomplete="one-time-code"' in seen


def test_the_right_code_passes_however_it_is_spelled(hers: Client, asked: Evidence) -> None:
    assert answer(hers, asked, "４８２ 913").status_code == 302
    asked.refresh_from_db()
    assert asked.state == EvidenceState.PASSED
    assert "verified: the agent can see this" in page(hers)


def test_a_wrong_code_says_what_remains(hers: Client, asked: Evidence) -> None:
    wrong = answer(hers, asked, "000000")
    assert wrong.status_code == 422
    assert "This code is incorrect" in wrong.content.decode()
    assert f"{evidence_policies.FAILURES_A_METHOD - 1} attempts left" in wrong.content.decode()


def test_a_slip_of_the_hand_costs_no_try(hers: Client, asked: Evidence) -> None:
    for typed in ("", "48291", "4829131", "48291x"):
        assert answer(hers, asked, typed).status_code == 422
    asked.refresh_from_db()
    assert asked.failures == 0


def test_half_a_recovery_code_is_a_slip_and_burns_none(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    one = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    code = desk.hanako.recovery_codes.pop()
    assert answer(hers, one, code[:12]).status_code == 422
    one.refresh_from_db()
    assert one.failures == 0
    assert answer(hers, one, code.upper()).status_code == 302
    one.refresh_from_db()
    assert one.state == EvidenceState.PASSED


def test_codes_that_strangers_tried_at_the_sign_in_count_here_all_the_same(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    for one in Authenticator.objects.filter(user=desk.hanako.user):
        for source in ("password 0", "password 1", "password 0, network 145.100.1.0/24"):
            one.failures.create(source=source, count=100, failed_at=clock.now())
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    assert answer(hers, asked, desk.hanako.recovery_codes[0]).status_code == 302
    asked.refresh_from_db()
    assert asked.state == EvidenceState.PASSED


def test_also_at_the_desk_an_authenticator_has_a_hundred_tries(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    for one in Authenticator.objects.filter(user=desk.hanako.user):
        one.failures.create(source="desk", count=100, failed_at=clock.now())
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    refused = answer(hers, asked, desk.hanako.recovery_codes[0])
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60


def test_after_the_last_try_the_way_is_closed(hers: Client, asked: Evidence) -> None:
    for _ in range(evidence_policies.FAILURES_A_METHOD - 1):
        assert answer(hers, asked, "000000").status_code == 422
    last = hers.post(f"/status/evidence/{asked.pk}/", {"answer": "000000"}, follow=True).content.decode()
    assert "you can’t use this method any more" in last
    assert answer(hers, asked, "482913")["Location"] == "/status/"
    asked.refresh_from_db()
    assert asked.state == EvidenceState.FAILED


def test_a_question_that_ran_out_is_not_answered_any_more(hers: Client, asked: Evidence) -> None:
    Evidence.objects.update(expires_at=clock.now())
    late = hers.post(f"/status/evidence/{asked.pk}/", {"answer": "482913"}, follow=True).content.decode()
    assert "This is no longer needed" in late
    asked.refresh_from_db()
    assert asked.state == EvidenceState.ASKED


def test_reloading_after_an_answer_leads_back_to_the_page(hers: Client, asked: Evidence) -> None:
    assert hers.get(f"/status/evidence/{asked.pk}/")["Location"] == "/status/"
