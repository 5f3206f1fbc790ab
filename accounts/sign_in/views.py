"""Sign in with address and password, then show the second factor; sign out."""

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import fresh_codes
from accounts.access import SignedInRequest, password_only, public
from accounts.authenticators import registry
from accounts.authenticators import selectors as authenticators
from accounts.authenticators.base import Kind
from accounts.credentials.forms import SignInForm
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
from accounts.sign_in import http_session, password_check, second_factor, selectors
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
            user = password_check.check(
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                browser=browser_cookie.read(request),
            )
        except Throttled as refusal:
            form.add_error(None, str(refusal))
            status = 429
        else:
            if user is not None:
                http_session.begin(request=request, user=user)
                return redirect(reverse("accounts:verify") + "?" + urlencode({"next": safe_next(request)}))
            form.add_error(None, _("The e-mail address or password is incorrect."))
    return page(request, "sign_in", status=status, form=form, next=safe_next(request, "home"))


@password_only
@require_http_methods(["GET", "POST"])
def verify(request: SignedInRequest, factor: Factor) -> HttpResponse:
    """A code of one kind: the second half of signing in, and the step-up before a change."""
    kind = registry.by_factor(factor)
    if request.method == "GET":
        instead = _instead(request, kind)
        return redirect(instead) if instead else _code_page(request, kind, kind.form())
    form = kind.form(request.POST)
    if not form.is_valid():
        return _code_page(request, kind, form, status=422)
    code = form.cleaned_data["code"]
    try:
        device = browser_cookie.renew(request)
        if http_session.verify(request=request, user=request.user, factor=factor, code=code, device=device):
            answer = with_known_browser(request, redirect(safe_next(request)))
            return fresh_codes.first(request, user_id=request.user.pk, factor=factor, then=answer)
    except Stale as refusal:
        return refused(request, refusal)
    except Refusal as refusal:
        add_refusal(form, refusal)
        lead_to_doubt(request, refusal)
        return _code_page(request, kind, form, status=status_of(refusal))
    form.add_error("code", _wrong(request.user, kind, code))
    if second_factor.keeps_some_back(request.user, factor):
        add_refusal(form, second_factor.doubted())
        lead_to_doubt(request, second_factor.doubted())
    return _code_page(request, kind, form, status=422)


def _instead(request: SignedInRequest, kind: Kind) -> str:
    """Where somebody goes who has nothing left but what is spare, or "" for everybody else."""
    if not selectors.owes_enrolment(request.user):
        return ""
    if not http_session.is_verified(request) and selectors.can_enrol_by_password(request.user):
        target = "accounts:enrol"
    elif kind.is_spare:
        return ""
    else:
        target = f"accounts:{registry.spare()[0].pages.verify}"
    return reverse(target) + "?" + urlencode({"next": safe_next(request)})


def _code_page(request: SignedInRequest, kind: Kind, form: Form, status: int = 200) -> HttpResponse:
    return page(
        request,
        "verify",
        status=status,
        form=form,
        hint=kind.words.sign_in.hint,
        step_up=http_session.is_verified(request),
        # Who has an app was not asked for a spare code: only there it may be lost.
        lost_app=kind.is_spare and selectors.owes_enrolment(request.user),
        others=[
            (reverse(f"accounts:{other.pages.verify}"), other.words.instead)
            for other in registry.KINDS
            if other.factor != kind.factor
        ],
        next=safe_next(request),
    )


def _wrong(user: User, kind: Kind, code: str) -> str:
    ids = [one.id for one in authenticators.bound_authenticators(user.pk)]
    return kind.hint(ids, code) or _("This code is incorrect or has already been used. Try the next one.")


@password_only
@require_POST
def sign_out(request: SignedInRequest) -> HttpResponse:
    http_session.sign_out(request=request, user=request.user)
    return redirect("accounts:signed_out")


@public
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    return page(request, "signed_out")
