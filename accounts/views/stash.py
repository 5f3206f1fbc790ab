"""Links of mails: the token goes from the address bar into the session, and the page has a clean address.

So it is in no Referer, no history and no later line of a log. What opens the link spends nothing: the page
that follows shows, and only its button acts.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def keep(request: HttpRequest, name: str, token: str, then: str) -> HttpResponse:
    request.session[f"link:{name}"] = token
    return redirect(then)


def take(request: HttpRequest, name: str) -> str:
    """The token that was kept, or ""; it stays until :func:`drop`."""
    return str(request.session.get(f"link:{name}", ""))


def drop(request: HttpRequest, name: str) -> None:
    request.session.pop(f"link:{name}", None)
