"""Sign up: the address first; its link leads to name and password; then what is asked for beside it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import link_token
from accounts.access import SignedInRequest, enrolling, public
from accounts.authenticators import registry
from accounts.credentials.forms import AddressForm, DetailsForm
from accounts.models import User
from accounts.responses import page, refused, safe_next
from accounts.sign_in import http_session
from accounts.sign_in.selectors import owes_enrolment
from accounts.sign_up import services
from accounts.zones import known
from common.errors import Refusal, Throttled


@public
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.ask(
                    email=form.cleaned_data["email"], language=get_language() or "en", zone=_zone(request)
                )
                return redirect("accounts:sign_up_sent")
            except Throttled as refusal:
                form.add_error(None, str(refusal))
                status = 429
    return page(request, "sign_up", status=status, form=form)


@public
@require_GET
def sign_up_sent(request: HttpRequest) -> HttpResponse:
    return page(request, "sign_up_sent")


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if services.read_token(token) is None:
        return link_token.dead(request, again="accounts:sign_up")
    return link_token.store(request, token, "accounts:sign_up_details")


@public
@require_http_methods(["GET", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    address = services.read_token(token)
    if address is None:
        return link_token.dead(request, again="accounts:sign_up")
    form = DetailsForm(
        request.POST if request.method == "POST" else None,
        user=User(email=address),
        link=request.GET.get("link", ""),
    )
    if request.method == "POST" and form.is_valid():
        try:
            user = services.finish(
                token=token,
                name=form.cleaned_data["name"],
                name_latin=form.cleaned_data["name_latin"],
                password=form.cleaned_data["new_password"],
                language=get_language() or "en",
                zone=_zone(request),
            )
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:sign_up")
        http_session.begin(request=request, user=user)
        return link_token.clear(request, redirect("accounts:enrol"))
    return page(request, "sign_up_details", status=422 if form.errors else 200, form=form, address=address)


@enrolling
@require_GET
def choose_factor(request: SignedInRequest) -> HttpResponse:
    """The first authenticator of an account, or the first again after all were lost: the best on top."""
    if http_session.is_verified(request) and not owes_enrolment(request.user):
        return redirect("accounts:methods")
    kinds = registry.to_begin_with()
    choices = [(kind, reverse(f"accounts:{kind.pages.enrol}")) for kind in kinds]
    return page(request, "enrol", choices=choices, next=safe_next(request))


def _zone(request: HttpRequest) -> str:
    """What the browser said by its cookie, if that is a time zone."""
    return known(request.COOKIES.get("tz", ""))
