"""Valkey away, and what was in it lost: requests are taken, and live pages find their way back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import expect

from audit.models import Event
from recovery.models import CallAttempt, Callback, Case
from recovery.queue import shifts
from recovery.states import CallbackState
from tests.conftest import PostOffice, Site, running_site, url_of_test_database
from tests.faults.conftest import Broker, until
from tests.journeys.conftest import PHONE
from tests.support.browser_pages import Agent, Claimant

pytestmark = [pytest.mark.journey]


@pytest.fixture
def site(
    transactional_db: None, post_office: PostOffice, settings: Any, tmp_path: Path, broker: Broker
) -> Iterator[Site]:
    with running_site(post_office, tmp_path, broker.url) as running:
        settings.ORIGIN = running.url
        yield running


def test_with_valkey_away_her_request_is_taken_and_she_is_called_once_it_is_back(broker, desk, someone):
    claimant, sato = someone(Claimant, on=PHONE), someone(Agent)
    sato.comes_in(desk.sato)
    sato.goes_on_duty()
    broker.goes_away()

    claimant.asks(desk.hanako.email)
    claimant.reads("We’ve received your request")
    assert Case.objects.count() == 1

    # Nobody loads a page: both pages hear of it by themselves.
    broker.comes_back()
    expect(sato.offer).to_be_visible(timeout=45_000)
    sato.accepts()
    claimant.reads("Sato will call you shortly")
    sato.calls()
    claimant.reads("Sato is calling you now")
    for once in ("case.protected", "call.offered", "call.offer_accepted", "call.placed"):
        assert Event.objects.filter(case=Case.objects.get().pk, action=once).count() == 1, once

    # And again, in the middle of the call.
    broker.goes_away()
    broker.comes_back()
    claimant.cancels()
    expect(sato.bar).to_contain_text("The claimant has cancelled.", timeout=30_000)
    assert CallAttempt.objects.count() == 1


def test_a_worker_with_a_task_in_hand_when_valkey_goes_away_works_on_once_it_is_back(broker, desk, site):
    with _calls_locked() as somebody_waits:
        until(somebody_waits)
        broker.goes_away()
        until(lambda: "Cannot connect" in site.log("worker"))
    # What it had in hand is done, and is told to a broker that is not there.
    until(lambda: " succeeded in " in site.log("worker").rpartition("Cannot connect")[2])

    broker.comes_back()
    desk.asks()
    shifts.go_on_duty(agent_id=desk.sato.user.pk)
    until(lambda: Callback.objects.filter(state=CallbackState.OFFERED).exists())


@contextmanager
def _calls_locked() -> Iterator[Callable[[], bool]]:
    """Nobody reads or writes a call until the end of this; yields whether somebody waits for it."""
    url = url_of_test_database()
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as looker:
        holder.execute("LOCK TABLE recovery_callback IN ACCESS EXCLUSIVE MODE")
        waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        yield lambda: looker.execute(waiting, ["recovery_callback"]).fetchone() == (True,)
