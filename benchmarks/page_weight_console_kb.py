"""The heaviest page of the staff, in kB over the wire: desk, board, trail. Goal: at most 150.

How it is weighed stands in :mod:`benchmarks.page_weight`. Every page of the three counts, in
English and Japanese, with twenty people in line, and the case with its call, its evidence, a note and a
wish for a second person. The yardstick is what the same answers hold unpacked.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.figure import Figure, run, say
from benchmarks.page_weight import Weight, chromium, heaviest, paths, sign_in, site, weigh
from devtools.personas import SATO, SUZUKI, TANAKA

GOAL = "value <= 150"
IN_LINE = 20
SPACES = ("console", "board", "audit")


def measure(rounds: int = 0) -> Figure:
    """Weights vary by some bytes at most, so one round is enough; ``rounds`` bounds the pages of a trial."""
    with site() as (_, origin), chromium() as browser:
        from accounts.models import User
        from audit import reading
        from benchmarks.desk import Desk

        desk = Desk()
        case, _capability = desk.opened()
        for step in (desk.accepted, desk.called, desk.talking, desk.asked, desk.answered):
            step()
        desk.in_line(IN_LINE)
        known: dict[str, list[object]] = {
            "case": [case.pk],
            "approval": [desk.approval.pk],
            "cursor": [reading.of_case(case.pk)[0].cursor],
            "callback": [case.callback.pk],
        }
        found = paths(_is_for_staff, known)
        if rounds:
            found = found[:rounds]
        say(f"  {len(found)} addresses")
        weights: list[Weight] = []
        for person in (SATO, TANAKA, SUZUKI):
            context = browser.new_context()
            sign_in(context, origin, person.email)
            for language in ("ja", "en"):
                User.objects.filter(email=person.email).update(language=language)
                weights += [one for path in found if (one := weigh(context, origin, path))]
            context.close()
        most = heaviest(weights)
    return Figure("page_weight_console_kb", most.wire / 1000, "kB", most.bare / 1000, GOAL)


def _is_for_staff(name: str, view: Callable[..., Any]) -> bool:
    return name.partition(":")[0] in SPACES


if __name__ == "__main__":
    run(__file__, measure)
