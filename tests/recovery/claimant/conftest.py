"""Hanako's browser, and what Sato asks her for."""

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.evidence import services as evidence
from recovery.models import Evidence
from recovery.models.evidence import Method
from recovery.takeover import selectors as takeover_selectors
from tests.support.desk_scenario import Desk


@pytest.fixture
def hers(desk: Desk) -> Client:
    """Hanako's browser, from which she has just asked."""
    browser = Client()
    _, browser.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    return browser


@pytest.fixture
def asked(hers: Client, desk: Desk) -> Evidence:
    """Sato has sent a code, 482913, to her old mailbox."""
    desk.on_duty(desk.sato)
    case = desk.talking()
    address = takeover_selectors.offerable(case).addresses[0]
    one = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    Evidence.objects.filter(pk=one.pk).update(digest=make_password("482913"))
    return one
