"""Requests whose Content-Type cannot be read are requests still: they get an answer."""

from collections.abc import Mapping
from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

UNREADABLE = "unreadable"
"""As a charset: :class:`portal.middleware.ReadableMiddleware` refuses it."""


class _AnyContentType:
    content_type: str | None
    content_params: dict[str, str] | None

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (ValueError, LookupError):
            self.content_type, self.content_params = "", {"charset": UNREADABLE}


class PageRequest(_AnyContentType, WSGIRequest):
    pass


class StreamRequest(_AnyContentType, ASGIRequest):
    pass


class PageHandler(WSGIHandler):
    request_class = PageRequest


class StreamHandler(ASGIHandler):
    request_class = StreamRequest
