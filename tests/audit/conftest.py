"""The trail keeps what a test commits, so tests that commit look only at accounts of their own."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone, translation

_numbers = itertools.count(random.randrange(10**12, 10**15))


@pytest.fixture(autouse=True)
def _english_and_utc() -> Iterator[None]:
    """A test client runs in the test's own thread, and leaves its last person's language and zone there."""
    yield
    translation.activate("en")
    timezone.deactivate()


@pytest.fixture
def account() -> int:
    """The number of an account that no other event tells of."""
    return next(_numbers)


@pytest.fixture
def another(account: int) -> int:
    return next(_numbers)


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """Makes a person with this name and role."""

    def make(name: str, role: str = "user", **details: Any) -> Any:
        address = f"{name.lower()}.{next(_numbers)}@example.jp"
        return get_user_model().objects.create(**{"name": name, "role": role, "email": address, **details})

    return make


@pytest.fixture
def as_person() -> Callable[..., Client]:
    """A browser in which this person has shown both factors just now."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user)
        now = int(time.time())
        session = client.session
        session.update(
            {
                "sid": str(uuid4()),
                "started": now,
                "seen": now,
                "verified_at": now,
                "factor_at": now,
                "factor": "totp",
            }
        )
        session.save()
        return client

    return sign_in
