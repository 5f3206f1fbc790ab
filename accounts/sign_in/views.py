"""Sign in with address and password, then show the second factor; sign out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors
from accounts.access import SignedInRequest, password_only, public
from accounts.authenticators import services as second_factor
from accounts.credentials.forms import CodeForm, RecoveryCodeForm, SignInForm
from accounts.enums import Factor
from accounts.models import User
from accounts.responses import (
    add_refusal,
    lead_to_doubt,
    page,
    refused,
    safe_next,
    status_of,
    with_known_browser,
)
from accounts.sign_in import services as service
from common import browser_cookie
from common.errors import Refusal, Stale, Throttled


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        if request.user.is_authenticated:
            return redirect(safe_next(request))
        return page(request, "sign_in", form=SignInForm(), next=safe_next(request, "home"))
    form = SignInForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            user = service.check(
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                browser=browser_cookie.read(request),
            )
        except Throttled as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            if user is not None:
                service.begin(request=request, user=user)
                return redirect(reverse("accounts:verify") + "?" + urlencode({"next": safe_next(request)}))
            form.add_error(None, _("This address and password do not fit together."))
    return page(request, "sign_in", status=status, form=form, next=safe_next(request, "home"))


@password_only
@require_http_methods(["GET", "POST"])
def verify(request: SignedInRequest) -> HttpResponse:
    """A code of the code app: the second half of signing in, and the step-up before a change."""
    return _verify(request, Factor.TOTP, CodeForm)


@password_only
@require_http_methods(["GET", "POST"])
def verify_recovery_code(request: SignedInRequest) -> HttpResponse:
    return _verify(request, Factor.RECOVERY_CODE, RecoveryCodeForm)


def _verify(
    request: SignedInRequest, factor: Factor, kind: type[CodeForm] | type[RecoveryCodeForm]
) -> HttpResponse:
    step_up = service.is_verified(request)
    then = safe_next(request)
    lost_app = service.owes_enrolment(request.user)
    if request.method == "GET" and not step_up and service.may_enrol_by_password(request.user):
        return redirect(reverse("accounts:enrol") + "?" + urlencode({"next": then}))
    if request.method == "GET" and lost_app and factor == Factor.TOTP:
        return redirect(reverse("accounts:verify_recovery_code") + "?" + urlencode({"next": then}))
    form = kind(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if service.verify(
                    request=request,
                    user=request.user,
                    factor=factor,
                    code=form.cleaned_data["code"],
                    browser=browser_cookie.read(request),
                ):
                    return with_known_browser(request, redirect(then))
                form.add_error("code", _wrong(request.user, factor, form.cleaned_data["code"]))
                if service.keeps_some_back(request.user, factor):
                    add_refusal(form, service.doubted())
                    lead_to_doubt(request, service.doubted())
            except Stale as refusal:
                return refused(request, refusal)
            except Refusal as refusal:
                add_refusal(form, refusal)
                lead_to_doubt(request, refusal)
                status = status_of(refusal)
    return page(
        request,
        "verify",
        status=status,
        form=form,
        factor=factor,
        step_up=step_up,
        lost_app=lost_app,
        next=then,
    )


def _wrong(user: User, factor: Factor, code: str) -> str:
    hint = ""
    if factor == Factor.TOTP:
        hint = second_factor.clock_hint([one.id for one in selectors.bound_authenticators(user.pk)], code)
    return hint or _("This code is not right, or it was used already. Try the next one.")


@password_only
@require_POST
def sign_out(request: SignedInRequest) -> HttpResponse:
    service.sign_out(request=request, user=request.user)
    return redirect("accounts:signed_out")


@public
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    return page(request, "signed_out")
