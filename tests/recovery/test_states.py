"""The tables of states are whole: every state has its row, every target exists, every end is an end."""

from enum import StrEnum
from typing import Any

import pytest

from recovery import models, states

ENUMS: list[tuple[type[StrEnum], Any]] = [
    (states.CaseState, states.CASE),
    (states.CallbackState, states.CALLBACK),
    (states.AttemptState, states.ATTEMPT),
    (states.EvidenceState, states.EVIDENCE),
    (states.ApprovalState, states.APPROVAL),
    (states.DisputeState, states.DISPUTE),
    (states.DutyState, states.DUTY),
]


@pytest.mark.parametrize(("enum", "table"), ENUMS)
def test_every_state_is_in_its_table_and_every_move_leads_to_a_state(enum: type[StrEnum], table: Any) -> None:
    assert set(table) == set(enum)
    for targets in table.values():
        assert targets <= set(enum)


@pytest.mark.parametrize(("enum", "table"), ENUMS)
def test_every_state_can_be_reached_from_the_first(enum: type[StrEnum], table: Any) -> None:
    reached, new = set(), {next(iter(table))}
    while new:
        reached |= new
        new = {target for state in new for target in table[state]} - reached
    # Off duty is where an agent begins and ends.
    assert reached == set(enum)


def test_what_counts_as_open_or_live_is_exactly_what_can_still_move() -> None:
    assert set(states.OPEN_CASE) == {state for state, targets in states.CASE.items() if targets}
    assert set(states.OPEN_CALLBACK) == {state for state, targets in states.CALLBACK.items() if targets}
    assert set(states.OPEN_DISPUTE) == {state for state, targets in states.DISPUTE.items() if targets}
    assert set(states.LIVE_ATTEMPT) == {state for state, targets in states.ATTEMPT.items() if targets}


def test_each_model_moves_by_its_own_table() -> None:
    assert models.Case.TRANSITIONS is states.CASE
    assert models.Callback.TRANSITIONS is states.CALLBACK
    assert models.CallAttempt.TRANSITIONS is states.ATTEMPT
    assert models.Evidence.TRANSITIONS is states.EVIDENCE
    assert models.Approval.TRANSITIONS is states.APPROVAL
    assert models.Dispute.TRANSITIONS is states.DISPUTE
    assert models.Duty.TRANSITIONS is states.DUTY
