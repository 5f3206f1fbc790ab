"""What a dialer is. ``tests/contracts/test_dialers.py`` holds every dialer to it."""

from typing import Protocol

from telephony.types import CallOrder, Placement


class DialError(Exception):
    """The call was certainly not placed. ``permanent``: asking again will not help.

    A dialer that does not know whether the phone rings must not raise this, or it would ring twice.
    """

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class Dialer(Protocol):
    @property
    def name(self) -> str:
        """Its word in ``DIALER``."""

    @property
    def places_itself(self) -> bool:
        """Whether it rings by itself and reports how the call went; else the agent does both."""

    def place(self, order: CallOrder) -> Placement:
        """Take one order. The same order again gives the same placement and rings no second time.

        The caller has written the attempt's row, and committed it, before.

        Raises:
            DialError: the call was certainly not placed.
        """
