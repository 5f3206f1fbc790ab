"""What is promised about the wait holds by the model, and against a simulation of the desk."""

import heapq
import math
import random

import pytest

from recovery.estimator import estimate, probability


def test_with_a_free_agent_the_next_in_line_waits_under_a_minute() -> None:
    wait = estimate(ahead=0, agents=3, free=1)
    assert wait is not None
    assert (wait.low, wait.high) == (0, 1)


def test_with_nobody_on_duty_there_is_no_wait_to_tell() -> None:
    assert estimate(ahead=0, agents=0, free=0) is None


def test_under_one_minute_is_only_said_where_nine_in_ten_get_it() -> None:
    for ahead in range(6):
        for agents in range(1, 40):
            wait = estimate(ahead=ahead, agents=agents, free=0)
            assert wait is not None
            if wait.high == 1:
                assert probability(60, ahead=ahead, agents=agents) >= 0.9
            else:
                assert probability(60, ahead=ahead, agents=agents) < 0.9


def test_a_longer_line_never_promises_a_shorter_wait() -> None:
    highs = [estimate(ahead=ahead, agents=4, free=0) for ahead in range(60)]
    ends = [math.inf if wait is None or wait.high is None else wait.high for wait in highs]
    assert ends == sorted(ends)
    assert ends[-1] == math.inf


@pytest.mark.parametrize(("agents", "ahead"), [(1, 0), (5, 3), (20, 10)])
def test_the_probability_is_what_a_simulated_desk_shows(agents: int, ahead: int) -> None:
    chance = random.Random(20261122)
    handling, limit, rounds, early = 300.0, 240.0, 4000, 0
    for _ in range(rounds):
        # All agents busy, exponential handling: the time until ``ahead + 1`` of them come free.
        busy = [chance.expovariate(1 / handling) for _ in range(agents)]
        heapq.heapify(busy)
        for _ in range(ahead):
            heapq.heapreplace(busy, busy[0] + chance.expovariate(1 / handling))
        early += busy[0] <= limit
    assert early / rounds == pytest.approx(
        probability(limit, ahead=ahead, agents=agents, handling=handling), abs=0.03
    )
