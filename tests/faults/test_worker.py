"""Workers that are stopped or killed: a request waits in its row, and is worked on once."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection
from playwright.sync_api import expect

from audit.models import Event
from recovery.cases import intake
from recovery.models import Callback, Case
from recovery.queue import shifts
from tests.conftest import _others_at_work
from tests.faults.conftest import until
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Agent, Claimant

pytestmark = [pytest.mark.journey]

CROWD = 40


def test_with_the_worker_stopped_she_waits_and_is_called_once_it_is_back(site, desk, someone):
    claimant, sato = someone(Claimant, on=PHONE), someone(Agent)
    sato.comes_in(desk.sato)
    sato.goes_on_duty()
    site.stop("worker")

    claimant.asks(desk.hanako.email)
    claimant.reads("We’ve received your request")
    expect(sato.offer).to_have_count(0)

    site.start("worker")
    sato.is_offered()
    sato.accepts()
    claimant.reads("Sato will call you shortly")
    case = Case.objects.get()
    for once in ("case.protected", "call.offered", "call.offer_accepted"):
        assert Event.objects.filter(case=case.pk, action=once).count() == 1, once


def test_a_worker_killed_in_the_middle_does_nothing_twice_and_leaves_nothing_undone(site, desk):
    crowd = []
    for number in range(CROWD):
        case, _capability = intake.open_case(
            email=f"person{number}@example.com",
            number=f"+8190{number:08}",
            category="taken_over",
            language="ja",
            zone="Asia/Tokyo",
        )
        crowd.append(case.pk)
        if Case.objects.filter(protected_at__isnull=False).count() >= 3:
            break
    site.kill("worker")
    for agent in (desk.sato, desk.tanaka):
        shifts.go_on_duty(agent_id=agent.user.pk)

    site.start("worker")
    until(lambda: not Case.objects.filter(protected_at__isnull=True).exists())
    until(lambda: Callback.objects.filter(state="offered").count() == 2)

    events = Event.objects.filter(case__in=crowd)
    assert Counter(events.filter(action="case.protected").values_list("case", flat=True)) == dict.fromkeys(
        crowd, 1
    )
    offered = list(events.filter(action="call.offered").values_list("case", flat=True))
    assert len(offered) == len(set(offered)) == 2


def test_a_worker_keeps_its_database_connection_and_goes_on_when_it_is_cut(site, desk):
    """The web server keeps none here, so whatever is used again is a worker's."""
    seen: dict[int, datetime] = {}
    until(lambda: _used_again(seen))
    site.stop("beat")
    until(lambda: not _others_at_work())

    with connection.cursor() as cursor:
        for pid in _connections():
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    case, _capability = intake.open_case(
        email=desk.hanako.email,
        number="+819012345678",
        category="taken_over",
        language="ja",
        zone="Asia/Tokyo",
    )
    until(lambda: Case.objects.filter(pk=case.pk, protected_at__isnull=False).exists())
    assert "Traceback" not in site.log("worker")


def _used_again(seen: dict[int, datetime]) -> bool:
    """Is one of the connections that were ``seen`` still there a second later, and at work again?"""
    return any(
        used > seen.setdefault(pid, used) + timedelta(seconds=1) for pid, used in _connections().items()
    )


def _connections() -> dict[int, datetime]:
    """Who is connected to the database beside this test, and when they last used it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, state_change FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state_change IS NOT NULL"
        )
        return dict(cursor.fetchall())
