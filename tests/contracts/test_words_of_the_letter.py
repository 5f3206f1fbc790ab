"""What accounts can report, the letter can say: the apps share these words without knowing each other's."""

from typing import get_args

from accounts.enums import ChangeKind
from accounts.rollback import plans
from notifications import value_types


def test_every_change_of_credentials_has_words():
    assert {str(kind) for kind in ChangeKind} <= set(value_types.CHANGES)


def test_every_step_of_a_restore_has_words():
    assert set(get_args(plans.StepKind)) <= set(value_types.REPAIRS)
