"""Links of mails: the token goes from the address into a cookie of its own, and the page has a clean address.

So it is in no Referer, no history and no later line of a log. The clean address names the link by an id that
opens nothing, and the page's form posts there: two links in two tabs never meet. What opens a link spends
nothing and keeps nothing on the server: the page that follows shows, and only its button acts.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.responses import refused
from common import clock, codes
from common.errors import Stale

COOKIE = "__Host-link-" if settings.SECURE else "link-"
LIFE = timedelta(hours=1)
MAX_TOKENS = 5


def store(request: HttpRequest, token: str, page: str) -> HttpResponse:
    """Hand the token to this browser for an hour, and go to the clean address of its page."""
    answer = redirect(address(page, id_of(token)))
    hand_over(request, token, answer)
    return answer


def hand_over(request: HttpRequest, token: str, answer: HttpResponse) -> None:
    """Let ``answer`` hand the token to this browser for an hour."""
    link = id_of(token)
    for name in _oldest_first(request, but=COOKIE + link)[: 1 - MAX_TOKENS]:
        answer.delete_cookie(name, samesite="Lax")
    answer.set_cookie(
        COOKIE + link,
        f"{int(clock.now().timestamp())}.{token}",
        max_age=LIFE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


def peek(request: HttpRequest) -> str:
    """The token of the link that the page's address names, or "" where this browser has none."""
    link = request.GET.get("link", "")
    token = _kept(request, COOKIE + link)[1]
    return token if token and codes.same(id_of(token), link) else ""


def clear(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The link was used: this browser forgets its token."""
    answer.delete_cookie(COOKIE + id_of(peek(request)), samesite="Lax")
    return answer


def here(request: HttpRequest, page: str) -> HttpResponse:
    """Back to the page of the same link."""
    return redirect(address(page, request.GET.get("link", "")))


def missing(request: HttpRequest) -> HttpResponse:
    """For an address that names no link, or one of which this browser has no token (any more)."""
    return refused(request, Stale(_("This link doesn’t work. Open it again from the e-mail.")))


def dead(request: HttpRequest, *, again: str) -> HttpResponse:
    """For a link that was used, is too old or was ended. ``again``: the page that sends a new one."""
    reason = _("This link no longer works. Ask for a new one.")
    return refused(request, Stale(reason), again=again)


def address(page: str, link: str) -> str:
    return f"{reverse(page)}?{urlencode({'link': link})}"


def id_of(token: str) -> str:
    return codes.fingerprint(token)[:12]


def _kept(request: HttpRequest, name: str) -> tuple[str, str]:
    """When the token was kept, and the token."""
    stamp, _dot, token = request.COOKIES.get(name, "").partition(".")
    return stamp, token


def _oldest_first(request: HttpRequest, *, but: str) -> list[str]:
    names = [name for name in request.COOKIES if name.startswith(COOKIE) and name != but]
    return sorted(names, key=lambda name: _kept(request, name))
