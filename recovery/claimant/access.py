"""Whose page it is: the browser that asked holds the only key to its case."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common import network
from recovery.cases import selectors as case_selectors
from recovery.models import Case

CAPABILITY_COOKIE = "__Host-case" if settings.SECURE else "case"
COOKIE_LIFE = timedelta(days=7)


def case_of(request: HttpRequest) -> Case | None:
    """The case that this browser opened last."""
    return case_selectors.case_by_capability(request.COOKIES.get(CAPABILITY_COOKIE, ""))


def open_case_of(request: HttpRequest) -> Case | None:
    case = case_of(request)
    return case if case and case.is_open else None


def remember(response: HttpResponse, case: Case, capability: str) -> HttpResponse:
    """Give the browser the capability to follow its case."""
    response.set_cookie(
        CAPABILITY_COOKIE,
        capability,
        max_age=COOKIE_LIFE,
        path="/",
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def country_of(request: HttpRequest) -> str:
    """Where they are, as far as we know; else where the portal is at home."""
    return network.country_of(network.client_address(request.META)) or str(settings.CALL_REGIONS[0])


def regions_of(request: HttpRequest) -> list[str]:
    """Where a number without ``+`` may be from: the country of the request, then the portal's own."""
    here, home = country_of(request), settings.CALL_REGIONS[0]
    return [here, home] if here in settings.CALL_REGIONS and here != home else [home]
