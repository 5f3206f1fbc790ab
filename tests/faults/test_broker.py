"""Valkey away, and what was in it lost: requests are taken, and live pages find their way back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from audit.models import Event
from recovery.models import CallAttempt, Case
from tests.conftest import PostOffice, Site, running_site
from tests.faults.conftest import Broker
from tests.journeys.conftest import PHONE
from tests.journeys.pages import Agent, Claimant

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
    claimant.reads("We have your request")
    assert Case.objects.count() == 1

    # Nobody loads a page: both pages hear of it by themselves.
    broker.comes_back()
    expect(sato.offer).to_be_visible(timeout=45_000)
    sato.accepts()
    claimant.reads("Sato calls you in a moment")
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
