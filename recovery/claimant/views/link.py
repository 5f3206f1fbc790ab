"""The link that is mailed instead of a wait: who opens it asks for the call by its button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import link_token
from accounts.access import public
from accounts.responses import refused
from common import browser_cookie, network
from common.email_addresses import mask
from common.errors import Stale
from recovery.cases import admission, intake
from recovery.claimant import draft
from recovery.claimant.access import open_case_of, remember
from telephony import numbers


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if admission.asked_by(token) is None:
        return _dead_link(request)
    return link_token.store(request, token, "help_confirm")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The page of a mailed link. GET shows what it asks for; only its button asks."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    asked = admission.asked_by(token)
    if asked is None:
        return _dead_link(request)
    if request.method != "POST":
        return render(
            request,
            "recovery/help/confirm.html",
            {"email": mask(asked.email), "number": numbers.mask(asked.number), "due_at": asked.due_at},
        )
    held = open_case_of(request)
    try:
        place = admission.admit_by_link(token, address=network.client_address(request.META))
        case, capability = intake.open_case(
            **vars(asked), instead_of=held, place=place, browser=browser_cookie.read(request)
        )
    except Stale as refusal:
        return refused(request, refusal, again="help")
    return draft.clear(link_token.clear(request, remember(redirect("status"), case, capability)))


def _dead_link(request: HttpRequest) -> HttpResponse:
    return refused(request, Stale(_("This link no longer works. Please ask again.")), again="help")
