"""The trail keeps what a test commits, so tests that commit look only at accounts of their own."""

import itertools
import random

import pytest

_numbers = itertools.count(random.randrange(10**12, 10**15))


@pytest.fixture
def account() -> int:
    """The number of an account that no other event tells of."""
    return next(_numbers)


@pytest.fixture
def another(account: int) -> int:
    return next(_numbers)
