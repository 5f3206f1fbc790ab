"""Headers that every answer carries, and requests that no page could read."""

import codecs
import itertools
import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from common.network import client_address, is_public

log = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PERMISSIONS = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
)


class SecurityHeadersMiddleware:
    """Nothing inline, nothing from elsewhere; and no page of a person stays in a shared cache."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ProxyChainMiddleware:
    """Warns once where TRUSTED_PROXIES must be wrong: many requests, and not one from a public address.

    With too small a number everybody has the address of a proxy of ours, with too large a one nobody has any.
    Limits then count all people together, and no change of an account seems to come from elsewhere.
    """

    sync_capable = True
    async_capable = False

    ENOUGH = 100
    # Asked from inside, by health checks and load balancers.
    NOT_FROM_PEOPLE = frozenset({"/healthz", "/readyz"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.SECURE or settings.DEMO:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._asking = True
        # Threads share it: each gets another number, and one of them the last.
        self._count = itertools.count(1)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._asking and request.path not in self.NOT_FROM_PEOPLE:
            self._look(request)
        return self.get_response(request)

    def _look(self, request: HttpRequest) -> None:
        address = client_address(request.META)
        if is_public(address):
            self._asking = False
        elif next(self._count) == self.ENOUGH:
            self._asking = False
            hops = request.META.get("HTTP_X_FORWARDED_FOR", "")
            log.warning(
                "None of %s requests came from a public address (the last: %s, from %s addresses in"
                " X-Forwarded-For). If people reach the portal from the internet, TRUSTED_PROXIES=%s"
                " is wrong: docs/how-to/deploy.md says how to count proxies.",
                self.ENOUGH,
                address or "unknown",
                len(hops.split(",")) if hops else 0,
                settings.TRUSTED_PROXIES,
            )


class HeadMiddleware:
    """Every page that answers GET answers HEAD, with the same headers and no body.

    What checks links of mails before their reader does, asks by HEAD; no view need think of it.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        if isinstance(response, HttpResponse):
            response.content = b""
            return response
        # A stream is not begun for somebody who wants to hear nothing of it.
        return HttpResponse(status=response.status_code, headers=response.headers)


class ReadableMiddleware:
    """What is no text is stopped at the door: bodies that are not UTF-8, cookies with control characters.

    No page of ours sends either, and PostgreSQL takes no NUL. A cookie that we cannot have set is as none.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset")
        if charset is not None and not _is_utf8(charset):
            raise BadRequest("the body is not UTF-8")
        for name in [name for name, value in request.COOKIES.items() if not value.isprintable()]:
            del request.COOKIES[name]
        return self.get_response(request)


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


class CompressionMiddleware(GZipMiddleware):
    """Pages go compressed, live streams as they are: an event must not wait in a buffer for the next one."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming:
            return response
        return super().process_response(request, response)
