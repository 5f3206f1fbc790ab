"""Gives every request an id, and every event recorded in it the person, the session and the origin."""

from collections.abc import Callable
from functools import cached_property
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponseBase

from audit.context import Context, use_source
from common import browser_cookie
from common.network import Origin, origin_of


class RequestSource:
    """The context of one request, found out only when an event is recorded in it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.id = uuid4()

    def __call__(self) -> Context:
        return Context(
            actor=self.actor(),
            origin=self.origin,
            session=self.session(),
            request=self.id,
            device=browser_cookie.read(self.request),
        )

    def actor(self) -> int | None:
        user = getattr(self.request, "user", None)
        return user.pk if user is not None and user.is_authenticated else None

    @cached_property
    def origin(self) -> Origin:
        return origin_of(self.request.META)

    def session(self) -> UUID | None:
        kept = getattr(self.request, "session", None)
        try:
            return UUID(kept["sid"]) if kept is not None else None
        except (KeyError, ValueError, TypeError, AttributeError):
            return None


class AuditContextMiddleware:
    """Stands after AuthenticationMiddleware, which gives the request its user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        source = RequestSource(request)
        with use_source(source):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = str(source.id)
        return response
