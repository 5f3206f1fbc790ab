"""How long the wait will be, as a range with its confidence. Plain Python.

While every agent is busy, the number of people before somebody falls with each call that ends, at a rate of
``agents / handling``, and rises with everybody more urgent who asks later, at the rate ``overtaking``. The
wait ends when it falls below nobody. Without overtaking it is Erlang distributed with ``ahead + 1`` stages
(queue-length estimator; Ibrahim and Whitt, M&SOM 11(3), 2009). With it, each stage becomes the busy period
that a more urgent caller begins (a queue with priorities that interrupts no call).

An offer is not a call: it can be missed, and then the agent is off duty. So a free agent is likely and never
certain, and a share of the desk's work is taken to be lost by it.
"""

import math
from dataclasses import dataclass

HANDLING_SECONDS = 360.0
"""Used until the desk has measured its own mean, from the offer to the end of the wrap-up."""

ANSWERING_SECONDS = 20.0
"""How long an agent may look at an offer."""

MISSED = 0.05
"""The share of offers that come to nothing, until the desk has measured its own."""

PROMISE = 0.9
"""A range is only shown where nine in ten will get it."""

STABLE = 0.9
"""Where more urgent calls alone fill more than this share of the desk, nothing can be promised to others:
the rate of tomorrow's disasters is not known well enough."""

STEPS = (60, 120, 300, 600, 1200, 2400, 3600)
"""Seconds at which the coarse ranges end: under 1 minute, 1-2, 2-5, 5-10, 10-20, 20-40, about an hour."""

NEGLIGIBLE = 1e-4


@dataclass(frozen=True)
class Wait:
    """``low`` and ``high`` in whole minutes; ``high`` None says: longer than an hour.

    ``confidence`` is the probability, by the model, that the call comes before ``high``; where that is None,
    that it does not come within the hour.
    """

    low: int
    high: int | None
    confidence: float


def probability(
    seconds: float,
    *,
    ahead: int,
    agents: float,
    handling: float = HANDLING_SECONDS,
    overtaking: float = 0.0,
) -> float:
    """P(wait <= ``seconds``) with all agents busy. ``overtaking``: more urgent callers a second."""
    if seconds <= 0 or agents <= 0:
        return 0.0
    serving = agents / handling
    stages = ahead + 1
    # Calls that end and callers who overtake together are one stream of events, and ``k`` who overtake make
    # ``stages + 2k`` events of the wait. All in logarithms: exp(-load) is 0 to a computer from 746 on.
    load = (serving + overtaking) * seconds
    most = math.ceil(load + 10 * math.sqrt(load) + 50)
    if stages > most:
        return 0.0
    at_least = _poisson_tails(load, stages, most)
    if not overtaking:
        return at_least[0]
    log_up = math.log(overtaking / (serving + overtaking))
    log_down = math.log(serving / (serving + overtaking))
    return min(
        1.0,
        sum(
            at_least[2 * k] * math.exp(_log_paths(stages, k) + k * log_up + (stages + k) * log_down)
            for k in range((most - stages) // 2 + 1)
        ),
    )


def _poisson_tails(load: float, first: int, last: int) -> list[float]:
    """P(X >= n) for each n from ``first`` to ``last``, beyond which nothing is left to speak of."""
    tails, tail, log_load = [], 0.0, math.log(load)
    for n in range(last, first - 1, -1):
        tail += math.exp(n * log_load - load - math.lgamma(n + 1))
        tails.append(tail)
    tails.reverse()
    return tails


def _log_paths(stages: int, k: int) -> float:
    """In how many orders ``stages + k`` calls end and ``k`` callers overtake before the wait is over."""
    events = stages + 2 * k
    return (
        math.log(stages / events) + math.lgamma(events + 1) - math.lgamma(k + 1) - math.lgamma(stages + k + 1)
    )


def estimate(
    *,
    ahead: int,
    agents: int,
    free: int,
    handling: float = HANDLING_SECONDS,
    overtaking: float = 0.0,
    missed: float = MISSED,
    answering: float = ANSWERING_SECONDS,
) -> Wait | None:
    """The range to show, or None where none can be promised: nobody is on duty, or it may be any time.

    ``free`` agents could take a call this moment; whoever stands before one of them in line need not wait,
    if that agent takes up the offer. ``missed`` is the share of offers that come to nothing.
    """
    if agents <= 0:
        return None

    def chance(seconds: float) -> float:
        return sum(
            share
            * (
                1.0
                if takers > ahead
                else probability(
                    seconds - answering,
                    ahead=ahead - takers,
                    agents=(agents - free + takers) * (1 - missed),
                    handling=handling,
                    overtaking=overtaking,
                )
            )
            for takers, share in _takers(free, missed)
        )

    stable = overtaking * handling <= STABLE * agents * (1 - missed)
    for low, high in zip((0, *STEPS), STEPS if stable else STEPS[:1], strict=False):
        confidence = chance(high)
        if confidence >= PROMISE:
            return Wait(low // 60, high // 60, confidence)
    if stable and 1 - confidence >= PROMISE:
        return Wait(STEPS[-1] // 60, None, 1 - confidence)
    return None


def _takers(free: int, missed: float) -> list[tuple[int, float]]:
    """How many of the free agents take up what they are offered, each with its probability."""
    shares, share = [], (1 - missed) ** free
    for takers in range(free, -1, -1):
        if share > NEGLIGIBLE:
            shares.append((takers, share))
        share *= takers * missed / ((free - takers + 1) * (1 - missed))
    return shares
