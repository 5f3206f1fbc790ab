"""How long the wait will be, as a range with its confidence. Plain Python.

With ``agents`` on duty, a mean handling time (ringing and wrap-up included) of ``handling`` seconds
and ``ahead`` people in line before this one, the wait is Erlang distributed with ``ahead + 1`` stages
of rate ``agents / handling`` (queue-length estimator; Ibrahim and Whitt, M&SOM 11(3), 2009).
"""

import math
from dataclasses import dataclass

HANDLING_SECONDS = 360.0
"""Used until the desk has measured its own mean."""

PROMISE = 0.9
"""A range is only shown where nine in ten will get it."""

STEPS = (60, 120, 300, 600, 1200, 2400, 3600)
"""Seconds at which the coarse ranges end: under 1 minute, 1-2, 2-5, 5-10, 10-20, 20-40, about an hour."""


@dataclass(frozen=True)
class Wait:
    """``low`` and ``high`` in whole minutes; ``high`` None says: longer than an hour.

    ``confidence`` is the probability that the call comes before ``high``, by the model.
    """

    low: int
    high: int | None
    confidence: float


def probability(seconds: float, *, ahead: int, agents: int, handling: float = HANDLING_SECONDS) -> float:
    """P(wait <= ``seconds``)."""
    load = agents * seconds / handling
    term = below = math.exp(-load)
    for k in range(1, ahead + 1):
        term *= load / k
        below += term
    return 1 - below


def estimate(*, ahead: int, agents: int, free: int, handling: float = HANDLING_SECONDS) -> Wait | None:
    """The range to show, or None when nobody is on duty.

    ``free`` agents could take a call this moment; whoever stands before one of them in line need not wait.
    """
    if agents <= 0:
        return None
    if ahead < free:
        return Wait(0, 1, 1.0)
    queue = ahead - free
    for low, high in zip((0, *STEPS), STEPS, strict=False):
        confidence = probability(high, ahead=queue, agents=agents, handling=handling)
        if confidence >= PROMISE:
            return Wait(low // 60, high // 60, confidence)
    return Wait(STEPS[-1] // 60, None, PROMISE)
