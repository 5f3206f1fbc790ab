"""The link by which imported people set up their first authenticator."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import link_token, selectors
from accounts.access import SignedInRequest, password_only, public
from accounts.credentials.forms import CurrentPasswordForm
from accounts.enrolment import services
from accounts.limits import ENROLMENT_LINK_HOURS
from accounts.responses import page, refused
from accounts.sign_in import http_session, password_check
from common import browser_cookie
from common.errors import Refusal, Stale, Throttled


@password_only
@require_GET
def sent(request: SignedInRequest) -> HttpResponse:
    """The password was right. The same page for whoever gave it, and however often."""
    if not services.is_owed(request.user):
        return redirect("accounts:check_up")
    return page(request, "enrolment/sent", hours=ENROLMENT_LINK_HOURS)


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if services.owner_of(token) is None:
        return _dead(request)
    return link_token.store(request, token, "accounts:enrolment")


@public
@require_http_methods(["GET", "POST"])
def enrolment(request: HttpRequest) -> HttpResponse:
    """GET asks for the password that came from the former system, POST takes it and goes on to the app."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    user = services.owner_of(token)
    if user is None:
        return _dead(request)
    form = CurrentPasswordForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                known = password_check.check(
                    email=user.email,
                    password=form.cleaned_data["current_password"],
                    browser=browser_cookie.read(request),
                )
                if known is not None:
                    session = http_session.begin(request=request, user=known)
                    services.use(user=known, token=token, session_id=session.pk)
                    return link_token.clear(request, redirect("accounts:enrol"))
                form.add_error("current_password", _("This password is incorrect."))
            except Throttled as refusal:
                form.add_error(None, str(refusal))
                status = 429
            except Refusal as refusal:
                return refused(request, refusal, again="accounts:sign_in")
    return page(
        request, "enrolment/enrolment", status=status, form=form, address=selectors.address_as_typed(user.pk)
    )


def _dead(request: HttpRequest) -> HttpResponse:
    return refused(
        request, Stale(_("This link no longer works. Sign in to get a new one.")), again="accounts:sign_in"
    )
