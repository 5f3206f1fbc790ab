"""A wrong number of proxies is noticed by what it does: nobody has an address of their own."""

import logging
from collections.abc import Callable

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.network import is_public
from portal.middleware import ProxyChainMiddleware

ENOUGH = ProxyChainMiddleware.ENOUGH
Ask = Callable[..., None]


def answer(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@pytest.fixture
def ask(settings) -> Ask:
    """Asks the portal of a production machine behind one proxy, so many times."""
    settings.SECURE, settings.DEMO, settings.TRUSTED_PROXIES = True, False, 1
    portal = ProxyChainMiddleware(answer)

    def ask(times: int, forwarded: str | None, path: str = "/help/") -> None:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        for _ in range(times):
            assert portal(RequestFactory().get(path, headers=headers)).status_code == 200

    return ask


@pytest.fixture
def warnings(caplog) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "portal.middleware")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "portal.middleware"]


@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1", "192.168.1.1", "fd00::7", "100.64.0.1"])
def test_when_all_come_from_inside_there_is_one_warning(ask: Ask, warnings, address: str) -> None:
    ask(ENOUGH - 1, address)
    assert warnings() == []
    ask(3 * ENOUGH, address)
    assert len(warnings()) == 1
    assert "TRUSTED_PROXIES=1 is wrong" in warnings()[0]
    assert f"the last: {address}, from 1 addresses in X-Forwarded-For" in warnings()[0]


def test_too_large_a_number_leaves_nobody_an_address_and_is_noticed_too(ask: Ask, warnings) -> None:
    ask(ENOUGH, None)
    assert len(warnings()) == 1
    assert "the last: unknown, from 0 addresses" in warnings()[0]


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_one_address_of_the_internet_says_that_all_is_well(ask: Ask, warnings, address: str) -> None:
    ask(ENOUGH - 1, "10.0.0.7")
    ask(1, f"10.0.0.7, {address}")
    ask(2 * ENOUGH, "10.0.0.7")
    assert warnings() == []


def test_health_checks_come_from_inside_and_say_nothing(ask: Ask, warnings) -> None:
    ask(ENOUGH, None, "/healthz")
    ask(ENOUGH, None, "/readyz")
    assert warnings() == []


@pytest.mark.parametrize(("secure", "demo"), [(False, False), (True, True)])
def test_a_trial_on_ones_own_machine_is_not_warned(settings, secure: bool, demo: bool) -> None:
    settings.SECURE, settings.DEMO = secure, demo
    with pytest.raises(MiddlewareNotUsed):
        ProxyChainMiddleware(answer)


def test_the_portal_looks_at_every_request(settings) -> None:
    assert "portal.middleware.ProxyChainMiddleware" in settings.MIDDLEWARE


def test_an_unknown_address_is_not_public() -> None:
    assert not is_public(None)
