"""Reading the same thing once for one page, however many of its parts ask.

Only for what reads and writes nothing that is asked for: what decides or changes something asks again,
inside its own transaction.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_kept: ContextVar[dict[Hashable, object] | None] = ContextVar("read_once", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Inside, each function marked with :func:`once` is asked once for the same arguments."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def once(read: Callable[P, R]) -> Callable[P, R]:
    """Keep what ``read`` returns inside :func:`reading`, for each of its arguments, which are hashable."""

    @wraps(read)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        kept = _kept.get()
        if kept is None:
            return read(*args, **kwargs)
        key = (read, args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = read(*args, **kwargs)
        return kept[key]  # type: ignore[return-value]

    return asked
