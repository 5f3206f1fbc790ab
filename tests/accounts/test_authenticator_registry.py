"""The registry of the kinds of authenticators: nothing is missing, and a typed code is of one kind only."""

import pytest

from accounts.authenticators import registry
from accounts.enums import AuthenticatorKind, Factor
from recovery.evidence.methods import registry as methods
from recovery.models.evidence import Method


def test_every_kind_that_an_account_can_have_is_registered_once() -> None:
    assert sorted(one.kind for one in registry.KINDS) == sorted(AuthenticatorKind)
    assert sorted(one.factor for one in registry.KINDS) == sorted(Factor)


def test_the_desk_can_ask_for_every_kind_and_by_every_method_that_a_row_can_name() -> None:
    names = [method.name for method in methods.every()]
    assert sorted(names) == sorted(Method)
    assert {str(kind.factor) for kind in registry.KINDS} <= set(names)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("482913", AuthenticatorKind.TOTP),
        ("7g4kq2m9x0abtz5w", AuthenticatorKind.RECOVERY_CODES),
        ("7g4kq2m9xoabtz5w", AuthenticatorKind.RECOVERY_CODES),  # an o for a zero
        ("4829131234567890", AuthenticatorKind.RECOVERY_CODES),  # digits only, by chance
        ("48291", None),
        ("7g4kq2m9x0abtz5u", None),
    ],
)
def test_the_shape_of_a_code_tells_its_kind(typed: str, expected: AuthenticatorKind | None) -> None:
    found = [one.kind for one in registry.KINDS if one.recognises(typed)]
    assert found == ([expected] if expected else [])
    kind = registry.recognised(typed)
    assert (kind.kind if kind else None) == expected
