"""The cookie by which a browser is known: a random value that says nothing about its person."""

import re
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common import codes

# What browsers keep a cookie for at most (RFC 6265bis); each sign-in renews it.
LIFE = timedelta(days=400)
NAME = "__Host-browser" if settings.SECURE else "browser"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def read(request: HttpRequest) -> str:
    """The fingerprint of this browser's cookie, or "" where it has none of ours."""
    token = request.COOKIES.get(NAME, "")
    return codes.fingerprint(token) if _TOKEN.fullmatch(token) else ""


def renew(request: HttpRequest) -> str:
    """The fingerprint of this browser's cookie, or of a new one: :func:`write` then sends it."""
    token = request.COOKIES.get(NAME, "")
    if not _TOKEN.fullmatch(token):
        token = codes.token()
    request.META["BROWSER_COOKIE"] = token
    return codes.fingerprint(token)


def write(request: HttpRequest, response: HttpResponse) -> None:
    """Send the cookie that :func:`renew` has chosen, for as long as it may last."""
    token = request.META["BROWSER_COOKIE"]
    response.set_cookie(
        NAME, token, max_age=LIFE, path="/", secure=settings.SECURE, httponly=True, samesite="Lax"
    )
