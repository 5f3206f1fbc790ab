"""Where the agent notes what the caller says: what is wrong is said there, and what was typed stays."""

import re
from typing import Any
from uuid import UUID

import pytest

from common.errors import Denied
from recovery.approvals import services as approvals
from recovery.cases import changes as case_changes
from recovery.claims import services as claims
from tests.recovery.claims.test_claims import changes_codes, healthy, in_hand, visited
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk

__all__ = ["healthy", "visited"]

pytestmark = pytest.mark.django_db


def refused(answer: Any) -> str:
    """The page of a refused form, which says so in its title and at its field."""
    assert answer.status_code == 422
    page = " ".join(answer.content.decode().split())
    assert "<title> Error: " in page
    assert page.count("data-focus") == 1
    return page


def test_who_gives_no_reason_to_undo_more_finds_the_form_open_beside_its_change(healthy: Desk) -> None:
    change, case = changes_codes(healthy), in_hand(healthy)
    sato = Agent(healthy.sato)
    page = refused(sato.clicks("console:undo_too", case.pk, change=change.pk, reason=" "))
    assert f'<a href="#too-{change.pk}-reason">' in page
    assert f'aria-describedby="too-{change.pk}-reason_error"' in page


def test_what_was_typed_stays_where_the_service_refuses_it(
    healthy: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(**_given: object) -> None:
        raise Denied("Not this one.")

    change, case = changes_codes(healthy), in_hand(healthy)
    sato = Agent(healthy.sato)
    monkeypatch.setattr(claims, "undo_too", refuses)
    page = refused(sato.clicks("console:undo_too", case.pk, change=change.pk, reason="She cannot tell."))
    assert "Not this one." in page
    assert "She cannot tell.</textarea>" in page
    for door, form, module, name in (
        ("console:hand_back", "hand-back", case_changes, "hand_back"),
        ("console:request_approval", "approval", approvals, "request"),
    ):
        monkeypatch.setattr(module, name, refuses)
        page = refused(sato.clicks(door, case.pk, **{f"{form}-reason": "The line is bad."}))
        assert "Not this one." in page
        assert "The line is bad.</textarea>" in page


def test_an_app_that_is_none_of_hers_is_refused_and_what_was_ticked_stays(healthy: Desk) -> None:
    case = in_hand(healthy)
    sato = Agent(healthy.sato)
    page = refused(sato.clicks("console:lost", case.pk, lost=["999999"], knows_password="on"))
    assert '<a href="#id_lost">' in page
    assert 'aria-describedby="id_lost_error"' in page
    assert re.search(r'name="knows_password"[^>]* checked', page)


def test_sessions_that_were_ticked_stay_ticked_while_they_may_not_be_ended(
    visited: tuple[Desk, UUID],
) -> None:
    desk, session = visited
    case = in_hand(desk)
    page = refused(Agent(desk.sato).clicks("console:end_sessions", case.pk, sessions=[str(session)]))
    assert "First get one accepted piece of evidence from the caller." in page
    assert re.search(rf'value="{session}" checked', page)


def test_where_nothing_can_be_noted_any_more_a_message_says_why(healthy: Desk) -> None:
    healthy.asks()
    healthy.on_duty(healthy.sato)
    case = healthy.accepted()
    sato = Agent(healthy.sato)
    answer = sato.clicks("console:undo_too", case.pk, change=1, reason=" ")
    assert answer.status_code == 302
    assert "Give a reason for undoing this change too." in sato.sees("console:case", case.pk)
