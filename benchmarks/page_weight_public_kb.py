"""The heaviest page that anybody can open without signing in, in kB over the wire. Goal: at most 60.

How it is weighed stands in :mod:`benchmarks.page_weight`. Every public page counts, in English and Japanese,
and the status page at each step of its case: in line, called, asked for evidence, ended. The yardstick is
what the same answers hold unpacked, so that the ratio is what compression does.
"""

from collections.abc import Iterator
from typing import Any

from benchmarks.figure import Figure, run, say
from benchmarks.page_weight import LANGUAGES, Weight, chromium, heaviest, paths, site, weigh

GOAL = "value <= 60"
ANSWERS = {
    "noticed": ["not_mine", "email_changed"],
    "since": ["today"],
    "said": ["長い夜でした。" * 60],
    "email": ["hanako@example.jp"],
    "number": ["090-1234-5678"],
    "when": ["now"],
    "language": ["ja"],
}
"""What somebody has typed on the pages that ask for a call."""
SKIPPED = {
    "live_case": "a stream, not a page",
}


def measure(rounds: int = 0) -> Figure:
    """Weights vary by some bytes at most, so one round is enough; ``rounds`` bounds the pages of a trial."""
    with site() as (_, origin), chromium() as browser:
        from accounts.access import PUBLIC, access_of
        from recovery.claimant import draft, steps
        from recovery.claimant.draft import Draft
        from recovery.models.case import Category

        known = {
            "category": [category.value.replace("_", "-") for category in Category],
            "step": list(steps.BY_NAME),
            "token": ["no-such-link"],
        }
        answered = draft.sealed(Draft("taken_over", [step.name for step in steps.STEPS], ANSWERS))
        found = paths(lambda name, view: access_of(view) == PUBLIC and name not in SKIPPED, known)
        if rounds:
            found = found[:rounds]
        say(f"  {len(found)} addresses")
        weights: list[Weight] = []
        for locale in LANGUAGES:
            context = browser.new_context(locale=locale)
            context.add_cookies([{"name": draft.COOKIE, "value": answered, "url": origin}])
            weights += [one for path in found if (one := weigh(context, origin, path))]
            if not rounds:
                weights += _follow_a_case(context, origin)
            context.close()
        most = heaviest(weights)
    return Figure("page_weight_public_kb", most.wire / 1000, "kB", most.bare / 1000, GOAL)


def _follow_a_case(context: Any, origin: str) -> Iterator[Weight]:
    """The claimant's page while her case goes on."""
    from benchmarks.desk import Desk
    from recovery.claimant.access import CAPABILITY_COOKIE

    desk = Desk()
    case, capability = desk.opened()
    context.add_cookies([{"name": CAPABILITY_COOKIE, "value": capability, "url": origin}])
    steps = [lambda: None, desk.accepted, desk.called, desk.talking, desk.asked, desk.refused]
    for step in steps:
        step()
        weight = weigh(context, origin, "/status/")
        if weight is None:
            raise RuntimeError(f"There is no status page of {case.reference}.")
        yield weight


if __name__ == "__main__":
    run(__file__, measure)
