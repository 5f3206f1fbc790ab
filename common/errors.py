"""Refusals that are expected: a view shows their sentence, nothing is logged as a fault."""

from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


class Refusal(Exception):
    """What was asked for is not done. ``str()`` is a translated sentence fit to show to the person."""


class Denied(Refusal):
    """This person, or this state of things, does not allow it."""


class Stale(Refusal):
    """Somebody or something was faster: the row is no longer in a state that this move may leave."""


class Throttled(Refusal):
    """Too many tries. ``retry_after`` is in whole seconds; ``name`` is that of the bound, if it has one.

    ``is_first``: the first refusal since the bound is used up. It is worth an event; those that follow by
    the hundred are not.
    """

    def __init__(self, message: str, retry_after: int, name: str = "", *, is_first: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.name = name
        self.is_first = is_first


def refusal_of(check: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    """The sentence with which a policy's ``check`` would refuse now; "" where it allows it.

    A button asks by this what the write behind it asks for itself.
    """
    try:
        check(*args, **kwargs)
    except Denied as denied:
        return str(denied)
    return ""
