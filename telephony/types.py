"""The words that the portal and every dialer share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CallOrder:
    """Ring ``number`` (E.164) for ``agent``. ``attempt`` is the unique key of the row written before."""

    attempt: str
    number: str
    agent: int


@dataclass(frozen=True)
class Placement:
    """What the dialer did with an order.

    ``reference`` is the provider's name for the call, "" where nobody but the agent dials; ``link`` is what
    the agent presses to ring, "" where the dialer rings by itself.
    """

    attempt: str
    reference: str
    link: str
