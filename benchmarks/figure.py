"""What a measurement says, and the one line that says it."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """``yardstick`` is what the same machine needs for something comparable, in the same unit.

    ``goal`` says which of the two is bounded, for example ``value <= 60`` or ``ratio <= 1.8``.
    """

    figure: str
    value: float
    unit: str
    yardstick: float
    goal: str

    @property
    def ratio(self) -> float:
        return self.value / self.yardstick

    def line(self) -> str:
        """One line of JSON."""
        fields = asdict(self)
        goal = fields.pop("goal")
        fields |= {"value": _short(self.value), "yardstick": _short(self.yardstick)}
        return json.dumps({**fields, "ratio": _short(self.ratio), "goal": goal})


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of all do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def say(what: str) -> None:
    """Tell the person at the terminal how it goes: standard output belongs to the figures."""
    print(what, file=sys.stderr, flush=True)


@contextmanager
def _standard_output_kept_clean() -> Iterator[Callable[[str], None]]:
    """Whatever a library or a child process prints goes to standard error; yields the way around that."""
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    try:
        yield lambda line: _write(real, line)
    finally:
        sys.stdout.flush()
        os.dup2(real, 1)
        os.close(real)


def _write(descriptor: int, line: str) -> None:
    os.write(descriptor, f"{line}\n".encode())


def run(file: str, measure: Callable[[int], Figure | Sequence[Figure]]) -> None:
    """Measure and print a line for each figure.

    ``python -m benchmarks.NAME 3`` measures with three rounds only; without a number the figure decides how
    many make it steady.
    """
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with _standard_output_kept_clean() as show:
        say(f"{Path(file).stem} ...")
        measured = measure(rounds)
        for figure in [measured] if isinstance(measured, Figure) else measured:
            show(figure.line())
