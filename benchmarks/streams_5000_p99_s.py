"""From an update of all cases until 5,000 pages have heard of theirs, the 99th percentile. Goal: under 2 s.

Each page listens to a case of its own; all cases are published in one go, as 5,000 messages on 5,000
channels, and the clock starts before the first. The yardstick is the least ASGI application that can stream,
told once for all. Then Valkey is away for 30 s, and every page has to be told to look again: else there is no
figure.
"""

from benchmarks.crowd import PAGES, Bare, Crowd, Site, bare, crowd, site
from benchmarks.figure import Figure, percentile, run, say

GOAL = "value < 2"
ROUNDS = 5
AWAY_SECONDS = 30


def measure(rounds: int = 0) -> Figure:
    pages = PAGES if rounds == 0 else min(PAGES, 200)
    with bare(pages) as least, crowd() as people:
        people.open(least.port, least.heads, pages)
        yardstick = _tell(least, people, pages, rounds or ROUNDS)
    with site(pages) as portal, crowd() as people:
        people.open(portal.port, portal.heads, pages)
        value = _tell(portal, people, pages, rounds or ROUNDS)
        people.tell("mark")
        away = AWAY_SECONDS if rounds == 0 else 2
        portal.broker.away(away)
        people.all_heard(pages, 60)
        still = people.tell("heard")["open"]
        say(f"  after Valkey was away for {away} s: all {pages} pages caught up, {still} streams never broke")
    return Figure("streams_5000_p99_s", value, "s", yardstick, GOAL)


def _tell(server: Site | Bare, people: Crowd, pages: int, rounds: int) -> float:
    """The 99th percentile over all rounds, in seconds."""
    import time

    took = []
    for _ in range(rounds):
        time.sleep(2)
        people.tell("mark")
        begin = time.time()
        server.publish_to_all()
        told = time.time() - begin
        heard = [moment - begin for moment in people.all_heard(pages, 60)]
        took += heard
        say(f"  said in {told:.2f} s; heard: median {percentile(heard, 0.5):.2f}, last {max(heard):.2f} s")
    return percentile(took, 0.99)


if __name__ == "__main__":
    run(__file__, measure)
