"""What accounts can report, the letter can say: the apps share these words without knowing each other's."""

from accounts import change_types
from accounts.enums import ChangeKind
from accounts.rollback import steps
from notifications.registry import WORDS


def test_every_change_of_credentials_has_words() -> None:
    assert sorted(one.kind for one in change_types.every()) == sorted(ChangeKind)
    assert {str(kind) for kind in ChangeKind} <= set(WORDS["changes"])


def test_every_step_of_a_restore_has_words() -> None:
    names = {step.name for step in steps.every()}
    assert names == set(WORDS["done"]) == set(WORDS["after_loss"])
