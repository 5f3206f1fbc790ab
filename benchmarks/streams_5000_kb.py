"""Memory of the ASGI process for each open status page, with 5,000 of them. Goal: under 80 kB.

What the process holds more than before they came, divided by their number; the streams are quiet for some
seconds before it is read. Sign-in and ``/readyz`` are timed before and with all of them open. The yardstick
is the same for the least ASGI application that can stream.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crowd import PAGES, Bare, Site, after_warming, bare, crowd, resident, site
from benchmarks.figure import Figure, run, say

GOAL = "value < 80"


def measure(rounds: int = 0) -> Figure:
    pages = min(rounds or PAGES, PAGES)
    with bare(pages) as least:
        yardstick, _ = _weigh(least, pages)
    with site(pages) as portal:
        before = portal.answers()
        value, now = _weigh(portal, pages)
    for name, alone, crowded in zip(("sign-in", "/readyz"), before, now, strict=True):
        say(f"  {name}: {1000 * alone:.0f} ms alone, {1000 * crowded:.0f} ms with {pages} streams open")
    return Figure("streams_5000_kb", value, "kB", yardstick, GOAL)


def _weigh(server: Site | Bare, pages: int) -> tuple[float, tuple[float, float]]:
    with TemporaryDirectory() as folder, crowd() as people:
        before = after_warming(server, Path(folder))
        people.open(server.port, server.heads, pages)
        time.sleep(5)
        each = (resident(server.web) - before) / pages
        return each, server.answers() if isinstance(server, Site) else (0, 0)


if __name__ == "__main__":
    run(__file__, measure)
