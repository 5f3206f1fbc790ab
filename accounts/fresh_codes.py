"""A code that is used up is replaced at once, and shown right after: before the page that would come next."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from accounts import link_token
from accounts.authenticators import registry


def first(request: HttpRequest, *, user_id: int, factor: str, then: HttpResponse) -> HttpResponse:
    """``then``, a redirect; or, where a code of this factor was used up, first the page of the fresh one.

    What ``then`` hands to the browser, it gets all the same.
    """
    kind = registry.by_factor(factor)
    token = kind.fresh(user_id) if kind.pages.fresh else ""
    if not token:
        return then
    link_token.hand_over(request, token, then)
    shown = link_token.address(kind.pages.fresh, link_token.id_of(token))
    then.headers["Location"] = f"{shown}&{urlencode({'next': then.headers['Location']})}"
    return then
