"""The clock. Everything that asks for the time asks here, so that a test can say what time it is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_pretended: ContextVar[datetime | None] = ContextVar("pretended_time", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _pretended.get() or timezone.now()


def pretended() -> datetime | None:
    """The moment set by :func:`pretend`, or None while the real clock runs."""
    return _pretended.get()


def wait(seconds: float) -> None:
    """Let so much time pass. Where the time is pretended nobody waits for it."""
    if pretended() is None:
        time.sleep(seconds)


@contextmanager
def pretend(moment: datetime) -> Iterator[None]:
    """Let it be ``moment`` inside the block: for tests and for the demo's history, never in a service."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)
