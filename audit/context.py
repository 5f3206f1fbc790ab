"""Who acts, from where, in which request: what every event says without being told.

The middleware sets it for a request, the task's headers for a task, the demo's story for its history.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from uuid import UUID

from common.network import Origin

NOWHERE = Origin(None, "", "")


@dataclass(frozen=True)
class Context:
    """``actor`` is None for somebody not signed in and for the portal itself.

    ``device`` is the fingerprint of the browser's cookie, "" without one. It stands in no event.
    """

    actor: int | None = None
    origin: Origin = field(default=NOWHERE)
    session: UUID | None = None
    request: UUID | None = None
    device: str = ""


NOBODY = Context()

# A source and not a value: within one request the actor changes, from nobody to who has just signed in,
# and most requests never ask.
Source = Callable[[], Context]
_source: ContextVar[Source] = ContextVar("audit_context", default=lambda: NOBODY)


def current() -> Context:
    """The context of the request or task that runs now; empty outside of both."""
    return _source.get()()


def enter(source: Source) -> Token[Source]:
    """Take the context from ``source`` until :func:`leave`: for signals, which come in pairs."""
    return _source.set(source)


def leave(token: Token[Source]) -> None:
    _source.reset(token)


@contextmanager
def use_source(source: Source) -> Iterator[None]:
    """Ask ``source`` for the context inside the block, each time that it is wanted."""
    token = enter(source)
    try:
        yield
    finally:
        leave(token)


@contextmanager
def use(context: Context) -> Iterator[None]:
    """Let ``context`` hold inside the block."""
    with use_source(lambda: context):
        yield
