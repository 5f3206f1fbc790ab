"""What her page says once the case has ended."""

import pytest
from django.db import transaction
from django.test import Client

from common import encryption
from common.errors import Denied
from recovery import lifecycle
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.models import Case, Evidence
from recovery.restoration import services as restoration
from recovery.states import CallbackState, CaseState
from tests.recovery.claimant.status_page import call_of, headline, page
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def test_after_the_restore_the_page_says_what_is_left_to_do(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    calls.hang_up(attempt=call_of(hers), agent_id=desk.sato.user.pk)
    seen = page(hers)
    assert headline(hers) == "Your account is yours again"
    assert "What to do now" in seen
    assert (
        seen.index("Check your e-mail")
        < seen.index("Open the link in the e-mail")
        < seen.index("Sign in with it")
    )
    assert 'class="button primary"' not in seen
    assert "A new recovery code" in seen


def test_the_new_recovery_code_is_shown_once_and_by_a_button_only(hers: Client) -> None:
    with transaction.atomic():
        lifecycle.close_case(Case.objects.get(), CaseState.SUPERSEDED, CallbackState.CANCELLED)
    Case.objects.update(
        state=CaseState.RESTORED, replacement_sealed=encryption.seal({"recovery_code": "abcd1234efgh5678"})
    )
    assert "abcd" not in page(hers)
    assert hers.get("/status/code/")["Location"] == "/status/"
    shown = hers.post("/status/code/")
    assert 'data-value="abcd1234efgh5678"' in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    again = hers.post("/status/code/", follow=True).content.decode()
    assert "abcd" not in again
    assert "shown only once" in again


def test_what_has_ended_cannot_be_moved_or_answered(hers: Client, asked: Evidence) -> None:
    hers.post("/status/cancel/")
    for path in ("number", "time", "cancel", f"evidence/{asked.pk}"):
        assert hers.post(f"/status/{path}/", {"answer": "482913", "now": "1"})["Location"] == "/status/"
    assert Case.objects.get().state == CaseState.WITHDRAWN
    with pytest.raises(Denied):
        restoration.restore(case=Case.objects.get(), agent_id=asked.agent_id)


def test_nobody_is_told_to_hang_up_while_the_agent_of_a_decided_case_is_still_talking(
    desk: Desk, hers: Client
) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    during = page(hers)
    assert "You’re still on the phone with <bdi>Sato</bdi>" in during
    assert "hang up" not in during
    calls.hang_up(attempt=call_of(hers), agent_id=desk.sato.user.pk)
    assert "hang up" in page(hers)
