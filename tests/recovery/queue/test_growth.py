"""A page costs the same at the desk's first case and at its millionth."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import past
from common import clock
from recovery import current_work
from recovery.approvals import selectors as approval_selectors
from recovery.board import selectors as board_selectors
from recovery.calls import selectors as call_selectors
from recovery.calls import services as calls
from recovery.cases import selectors as case_selectors
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.claimant.presenters import status as presenter
from recovery.claimant.views.status import REGIONS
from recovery.evidence import selectors as evidence_selectors
from recovery.evidence import services as evidence
from recovery.models import Case
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, shifts, wait
from recovery.queue import selectors as queue_selectors
from tests.support.asking import walks_to
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db

CLOSED = 12_000
BIG = {"recovery_case", "recovery_callback", "recovery_callattempt", "recovery_evidence", "recovery_approval"}


@pytest.fixture
def hers(desk: Desk) -> Client:
    """Hanako's browser, with some people before and behind her in line."""
    browser = Client()
    for number in range(3):
        desk.asks(email=f"p{number}@example.jp", number=f"+81901111000{number}")
    _, browser.cookies[CAPABILITY_COOKIE] = desk.asks()
    desk.asks(email="last@example.jp", number="+819011110009", category="lost_factor")
    walks_to(browser, "check/")  # and she is about to ask once more
    return browser


def polled(browser: Client) -> Any:
    """What a live page gets that shows all that there is."""
    case = case_selectors.case_by_capability(browser.cookies[CAPABILITY_COOKIE].value)
    assert case is not None
    page = presenter.of(case)
    keys = {name: getattr(page, name).key for name in REGIONS}
    return lambda: browser.get("/status/", keys, headers={"HX-Request": "true"})


# How many statements


@pytest.mark.parametrize("measured_before", [True, False])
def test_the_claimants_pages_ask_the_database_few_questions(
    hers: Client, desk: Desk, measured_before: bool
) -> None:
    desk.on_duty(desk.sato)
    poll, moment = polled(hers), clock.now()
    asked = {}
    for name, visit, status in (
        ("status page", lambda: hers.get("/status/"), 200),
        ("poll without news", poll, 204),
        ("ask page", lambda: hers.get("/help/taken-over/time/"), 200),
        ("ask page of a stranger", lambda: Client().get("/help/taken-over/"), 200),
        ("all answers", lambda: hers.get("/help/taken-over/check/"), 200),
        ("first page", lambda: Client().get("/help/"), 200),
    ):
        # At one moment: what was measured is kept for some seconds, by the clock.
        with clock.pretend(moment):
            wait.forget()
            if measured_before:
                wait.measured()
            with CaptureQueriesContext(connection) as spent:
                assert visit().status_code == status
        asked[name] = len(spent)
    measuring = 0 if measured_before else 4
    assert asked == {
        "status page": 4 + measuring,
        "poll without news": 4 + measuring,
        "ask page": 2 + measuring,
        "ask page of a stranger": 0,
        "all answers": 3 + measuring,
        "first page": 2 + measuring,
    }


def test_a_poll_during_the_call_asks_no_more_for_three_questions_than_for_none(
    hers: Client, desk: Desk
) -> None:
    desk.on_duty(desk.sato)
    Case.objects.exclude(email="hanako@example.jp").update(protected_at=None)
    case = desk.talking()
    spent = []
    for methods in ((), (Method.TOTP, Method.RECOVERY_CODE)):
        for method in methods:
            evidence.ask(case=case, agent_id=desk.sato.user.pk, method=method)
        poll = polled(hers)
        with CaptureQueriesContext(connection) as seen:
            assert poll().status_code == 204
        spent.append(len(seen))
    assert spent == [3, 3]


# Which way PostgreSQL goes


@pytest.fixture
def long_past(desk: Desk, hers: Client) -> Desk:
    """Behind those in line and those in work lie many closed cases."""
    past.write(1, CLOSED, [desk.sato.user.pk, desk.alice.user.pk, desk.tanaka.user.pk])
    return desk


def measured_anew() -> None:
    wait.forget()
    wait.measured()


def scans(plan: dict[str, Any]) -> Iterator[str]:
    """Each table that is read from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from scans(part)


def walked(spent: CaptureQueriesContext) -> list[str]:
    """The statements that walk through a table of closed cases, or through an index in which they lie."""
    found = []
    for query in spent.captured_queries:
        statement = query["sql"]
        if not statement.startswith(("SELECT", "UPDATE", "DELETE")) or "pg_advisory" in statement:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}".replace("%", "%%"))
            (answer,) = cursor.fetchone()
        (explained,) = json.loads(answer) if isinstance(answer, str) else answer
        if BIG.intersection(scans(explained["Plan"])) or reads_much(explained["Plan"]):
            found.append(statement)
    return found


def reads_much(plan: dict[str, Any], limited: bool = False) -> bool:
    """Does PostgreSQL expect to read more rows than could be open or recent? Below a limit it stops before,
    unless it has to read all of them to sort or count them.
    """
    kind = plan["Node Type"]
    if not limited and plan["Plan Rows"] > CLOSED / 8:
        return True
    limited = kind == "Limit" or (limited and kind in {"Nested Loop", "Result", "Subquery Scan"})
    return any(reads_much(part, limited) for part in plan.get("Plans", ()))


def test_no_page_and_no_sweep_walks_through_what_is_closed(long_past: Desk, hers: Client) -> None:
    desk = long_past
    desk.on_duty(desk.sato, desk.alice, desk.tanaka)
    sato = desk.sato.user.pk
    case = case_selectors.case_by_capability(hers.cookies[CAPABILITY_COOKIE].value)
    assert case is not None
    acts: dict[str, Callable[[], Any]] = {
        "status page": lambda: hers.get("/status/"),
        "poll": polled(hers),
        "ask page": lambda: hers.get("/help/taken-over/time/"),
        "first page": lambda: Client().get("/help/"),
        "measured": measured_anew,
        "counts": queue_selectors.counts,
        "queue": lambda: list(queue_selectors.line()),
        "queue of a language": lambda: list(queue_selectors.line(["ja"])[:12]),
        "opened by hour": board_selectors.opened_by_hour,
        "open cases": lambda: list(case_selectors.open_cases()),
        "earlier cases": lambda: list(case_selectors.closed_cases_of(sato)),
        "case in work": lambda: current_work.case_in_work(sato),
        "offer": lambda: queue_selectors.offer_to(sato),
        "live attempt": lambda: current_work.live_attempt(case),
        "attempts": lambda: list(call_selectors.attempts_of(case)),
        "confirmed attempt": lambda: call_selectors.confirmed_attempt(case),
        "evidence": lambda: evidence_selectors.evidence_of(case),
        "awaiting approval": lambda: list(approval_selectors.approvals_wanted()),
        "standing approval": lambda: approval_selectors.standing_approval(case),
        "dispatch": dispatch.dispatch,
        "expire offers": offers.expire_offers,
        "end wrap-ups": shifts.end_overdue_wrap_ups,
        "sweep": dispatch.sweep,
        "mark lost": calls.mark_lost,
        "expire evidence": evidence.expire,
        "accept": desk.accepted,
        "go off duty": lambda: shifts.go_off_duty(agent_id=desk.alice.user.pk),
    }
    wrong = {}
    for name, act in acts.items():
        with CaptureQueriesContext(connection) as spent, transaction.atomic():
            act()
        assert spent.captured_queries, name
        if name in {"status page", "poll"}:
            assert len(spent) > 3
        if found := walked(spent):
            wrong[name] = found
    assert not wrong
