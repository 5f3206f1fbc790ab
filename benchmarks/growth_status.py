"""What a page costs with a million closed cases, over what it costs with a thousand. Goal: at most 1.2.

The claimant's page, its poll without news, and the page that asks for a call go through the portal's WSGI
application in this process, with production's settings and every middleware; measured is the time that
passes, PostgreSQL's part included. The same people are in line and the desk has been as busy lately: only the
past is longer. Both databases are asked in turn, and what counts is the median of each; the figure is the
worst of the three pages. What a process keeps for some seconds is measured again for each request.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from benchmarks import past
from benchmarks.environment import environment
from benchmarks.figure import Figure, run, say
from benchmarks.people import HOME, join
from benchmarks.sign_in_cpu import Visitor
from recovery.approvals import selectors as approval_selectors
from recovery.board import selectors as board_selectors
from recovery.cases import intake
from recovery.cases import selectors as case_selectors
from recovery.queue import offers, shifts
from recovery.queue import selectors as queue_selectors
from recovery.takeover import protect

GOAL = "value <= 1.2"
ROUNDS = 200
WARM_UP = 5
FEW, MANY = 1_000, 1_000_000
IN_LINE = 8
COUNTED = ("status page", "poll without news", "ask page")


ANSWERS = {"email": ["hanako@example.jp"], "number": ["+819012345678"]}
"""Typed before the page that says how long the wait is."""


class Claimant(Visitor):
    """A browser with a live page; the answer's keys are what its next poll says it shows."""

    def shows(self, page: str) -> None:
        answer = self.request("GET", page)
        if self.status != 200:
            raise RuntimeError(f"{page} answered {self.status}: {answer[:2000].decode()}")

    def polls(self, keys: str) -> None:
        self.headers = {"HTTP_HX_REQUEST": "true"}
        self.request("GET", f"/status/?{keys}")
        self.headers = {}
        if self.status != 204:
            raise RuntimeError(f"The poll was not without news: {self.status}")


def measure(rounds: int = 0) -> Figure:
    rounds = rounds or ROUNDS
    with environment(static=True):
        from portal.wsgi import application

        agents = [
            join(f"agent{number}@orikaeshi.example", role="agent", languages=("ja", "en")).user.pk
            for number in range(4)
        ]
        capability = _in_line(agents)
        past.write(1, FEW, agents)
        with _second_database() as (few, many):
            with many():
                begin = time.monotonic()
                past.write(FEW + 1, MANY, agents)
                say(f"  {MANY:,} closed cases in {time.monotonic() - begin:.0f} s")
            for database in (few, many):
                with database():
                    _vacuum()
            spent = {size: defaultdict[str, list[float]](list) for size in (FEW, MANY)}
            acts = _acts(application, capability, agents[0])
            for number in range(rounds + WARM_UP):
                for size, database in ((FEW, few), (MANY, many)):
                    with database():
                        _one(acts, spent[size] if number >= WARM_UP else defaultdict(list))
    ratios = {}
    for name in spent[FEW]:
        less, more = (1000 * statistics.median(spent[size][name]) for size in (FEW, MANY))
        ratios[name] = more / less
        say(f"  {name:34} {less:7.2f} ms, {more:7.2f} ms: {ratios[name]:.2f}")
    return Figure("growth_status", max(ratios[name] for name in COUNTED), "times", 1, GOAL)


def _in_line(agents: list[int]) -> str:
    """Some are in line, two agents are busy with others. Returns the last one's capability."""
    from common import clock
    from recovery.models import Duty
    from recovery.queue import dispatch

    capability = ""
    for number in range(IN_LINE + 2):
        case, capability = intake.open_case(
            email=f"claimant{number}@example.jp",
            number=f"+8190{10000000 + number}",
            category="taken_over",
            language="ja",
            zone="Asia/Tokyo",
        )
        protect.protect(case_id=case.pk)
    for agent in agents[:2]:
        shifts.go_on_duty(agent_id=agent)
        dispatch.dispatch()
        offer = queue_selectors.offer_to(agent)
        assert offer is not None
        offers.accept(agent_id=agent, callback_id=offer.pk)
    # They have no pages that say that they are open, and writing the past takes a while.
    Duty.objects.update(seen_at=clock.now() + timedelta(days=1))
    return capability


def _acts(application: Any, capability: str, agent: int) -> dict[str, Callable[[], object]]:
    """What is measured, by name. An act whose name is a question is asked of selectors, not as a page."""
    from recovery.claimant import draft
    from recovery.claimant.access import CAPABILITY_COOKIE
    from recovery.claimant.draft import Draft
    from recovery.claimant.presenters import status
    from recovery.claimant.views.status import REGIONS
    from recovery.queue import wait

    claimant = Claimant(application, str(HOME.address))
    claimant.cookies[CAPABILITY_COOKIE] = capability
    claimant.cookies[draft.COOKIE] = draft.sealed(
        Draft("taken_over", steps=["email", "noticed", "number"], answers=ANSWERS)
    )

    def poll() -> None:
        claimant.polls(keys)

    def cold(act: Callable[[], object]) -> Callable[[], object]:
        def anew() -> object:
            wait.forget()
            return act()

        return anew

    case = case_selectors.case_by_capability(capability)
    assert case is not None
    shown = status.of(case)
    keys = "&".join(f"{name}={getattr(shown, name).key}" for name in REGIONS)
    return {
        "status page": cold(lambda: claimant.shows("/status/")),
        "poll without news": cold(poll),
        "ask page": cold(lambda: claimant.shows("/help/taken-over/time/")),
        "status page, desk measured before": lambda: claimant.shows("/status/"),
        "poll, desk measured before": poll,
        "ask page, desk measured before": lambda: claimant.shows("/help/taken-over/time/"),
        "console: counts": queue_selectors.counts,
        "console: queue": lambda: list(queue_selectors.line()),
        "console: earlier cases": lambda: list(case_selectors.closed_cases_of(agent)),
        "board: open cases": lambda: list(case_selectors.open_cases()),
        "board: asked by hour": board_selectors.opened_by_hour,
        "board: approvals wanted": lambda: list(approval_selectors.approvals_wanted()),
    }


def _one(acts: dict[str, Callable[[], object]], spent: dict[str, list[float]]) -> None:
    for name, act in acts.items():
        begin = time.perf_counter()
        act()
        spent[name].append(time.perf_counter() - begin)


@contextmanager
def _second_database() -> Iterator[tuple[Callable[[], Any], Callable[[], Any]]]:
    """A copy of the database beside it; yields what connects to the one and to the other."""
    from django.db import connection
    from psycopg import connect, sql

    here, there = str(connection.settings_dict["NAME"]), f"{connection.settings_dict['NAME']}_many"
    server = connection.get_connection_params() | {"dbname": "postgres"}
    server = {key: server[key] for key in ("dbname", "user", "password", "host", "port") if server.get(key)}
    connection.close()
    with connect(**server, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(there), sql.Identifier(here))
        )
    kept: dict[str, Any] = {}

    def on(name: str) -> Callable[[], Any]:
        @contextmanager
        def connected() -> Iterator[None]:
            # Each keeps its connection: what is measured is the pages, not the connecting.
            connection.connection = kept.get(name)
            connection.settings_dict["NAME"] = name
            connection.ensure_connection()
            try:
                yield
            finally:
                kept[name], connection.connection = connection.connection, None
                connection.settings_dict["NAME"] = here

        return connected

    try:
        yield on(here), on(there)
    finally:
        for one in kept.values():
            one.close()
        with connect(**server, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(there)))


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    run(__file__, measure)
