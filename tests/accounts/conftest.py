from collections.abc import Callable
from datetime import timedelta

import pytest

from audit.models import Event
from common import clock
from tests.support import people
from tests.support.people import Actor


@pytest.fixture
def hanako(db: None) -> Actor:
    """She joined two months ago and has a code app and recovery codes."""
    return people.join(
        email="hanako@example.jp",
        name="Hanako Mori",
        place=people.HOME,
        at=clock.now() - timedelta(days=60),
        language="en",
    )


@pytest.fixture
def kenji(db: None) -> Actor:
    return people.join(
        email="kenji@example.com",
        name="Kenji Abe",
        place=people.OSAKA,
        at=clock.now() - timedelta(days=50),
        language="en",
    )


@pytest.fixture
def told(db: None) -> Callable[..., list[str]]:
    """The trail since the test began: the actions, or those with a prefix."""
    first = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def actions(prefix: str = "") -> list[str]:
        rows = Event.objects.filter(id__gt=first, action__startswith=prefix).order_by("id")
        return list(rows.values_list("action", flat=True))

    return actions
