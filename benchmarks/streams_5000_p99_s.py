"""From an update of all cases until 5,000 pages have heard of theirs, the 99th percentile. Goal: under 2 s.

Each page listens to a case of its own; all cases are published in one go, as 5,000 messages on 5,000
channels, and the clock starts before the first. The yardstick is the least ASGI application that can stream,
told once for all, in turns with the portal. Then Valkey is away for 30 s, and every page has to be told to
look again: else there is no figure.
"""

import time

from benchmarks.crowd import PAGES, Bare, Crowd, Site, bare, crowd, site
from benchmarks.figure import Figure, percentile, run, say

GOAL = "value < 2"
ROUNDS = 5
AWAY_SECONDS = 30


def measure(rounds: int = 0) -> Figure:
    pages, away = (PAGES, AWAY_SECONDS) if rounds == 0 else (200, 2)
    took: list[float] = []
    least: list[float] = []
    with bare(pages) as simple, site(pages) as portal, crowd() as others, crowd() as people:
        others.open(simple.port, simple.heads, pages)
        people.open(portal.port, portal.heads, pages)
        for _ in range(rounds or ROUNDS):
            least += _tell("bare", simple, others, pages)
            took += _tell("portal", portal, people, pages)
        people.tell("mark")
        portal.broker.away(away)
        people.all_heard(pages, 60)
        still = people.tell("heard")["open"]
    say(f"  after Valkey was away for {away} s: all {pages} pages caught up, {still} streams never broke")
    return Figure("streams_5000_p99_s", percentile(took, 0.99), "s", percentile(least, 0.99), GOAL)


def _tell(name: str, server: Site | Bare, people: Crowd, pages: int) -> list[float]:
    """After how many seconds each page heard of it."""
    time.sleep(2)
    people.tell("mark")
    begin = time.time()
    server.publish_to_all()
    heard = [moment - begin for moment in people.all_heard(pages, 60)]
    say(f"  {name}: median {percentile(heard, 0.5):.2f}, last {max(heard):.2f} s")
    return heard


if __name__ == "__main__":
    run(__file__, measure)
