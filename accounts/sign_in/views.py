"""Sign in with address and password, then show the second factor; or without a password; sign out."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

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
from accounts.enrolment import services as enrolment
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
    with_retry_after,
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
        return _sign_in_page(request, SignInForm())
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
                if enrolment.is_owed(user):
                    enrolment.mail(user)
                return redirect(reverse("accounts:verify") + "?" + urlencode({"next": safe_next(request)}))
            form.add_error(None, _("The e-mail address or password is incorrect."))
    return _sign_in_page(request, form, status=status)


@public
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, factor: Factor) -> HttpResponse:
    """Sign in without a password. Whatever is wrong, the answer is the same."""
    if request.method == "GET":
        return sign_in(request)
    kind = registry.by_factor(factor)
    form = kind.form(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, SignInForm(), shown={factor: form}, status=422)
    try:
        code = kind.taken(request, form.cleaned_data["code"])
        if http_session.enter(
            request=request, factor=factor, code=code, device=browser_cookie.renew(request)
        ):
            return with_known_browser(request, redirect(safe_next(request)))
    except Refusal as refusal:
        add_refusal(form, refusal)
        answer = _sign_in_page(request, SignInForm(), shown={factor: form}, status=status_of(refusal))
        return with_retry_after(answer, refusal)
    form.add_error(None, _("You couldn’t be signed in this way. Use your e-mail address and password."))
    return _sign_in_page(request, SignInForm(), shown={factor: form}, status=422)


def _sign_in_page(
    request: HttpRequest,
    form: SignInForm,
    *,
    shown: Mapping[Factor, Form] = MappingProxyType({}),
    status: int = 200,
) -> HttpResponse:
    """``shown``: the forms of what was tried in place of a password."""
    kinds = registry.without_password()
    return page(
        request,
        "sign_in",
        status=status,
        form=form,
        alone=[
            (kind, reverse(f"accounts:{kind.pages.verify}_alone"), shown.get(kind.factor) or kind.form())
            for kind in kinds
        ],
        next=safe_next(request, "home"),
    )


@password_only
@require_http_methods(["GET", "POST"])
def verify(request: SignedInRequest, factor: Factor | None = None) -> HttpResponse:
    """The second half of signing in, and the step-up before a change: by one kind of what is bound.

    Without ``factor`` by the best. After the right password it is said which kinds there are, not how many
    of each nor their names: nobody could go on otherwise.
    """
    if request.method == "POST" and factor is not None:
        return _verify(request, registry.by_factor(factor))
    kinds = authenticators.bound_kinds(request.user.pk)
    if all(one.is_spare for one in kinds) and not http_session.is_verified(request):
        if selectors.can_enrol_by_password(request.user):
            return redirect(_with_next(request, "enrol"))
        if enrolment.is_owed(request.user):
            return redirect(_with_next(request, "enrolment_sent"))
    kind = next((one for one in kinds if factor in (None, one.factor)), None)
    if kind is None:
        return redirect(_with_next(request, "verify")) if kinds else _nothing_page(request)
    if request.method == "POST":
        return _verify(request, kind)
    return _verify_page(request, kind, kind.form(), kinds)


def _verify(request: SignedInRequest, kind: Kind) -> HttpResponse:
    form = kind.form(request.POST)
    if not form.is_valid():
        return _verify_page(request, kind, form, status=422)
    try:
        code = kind.taken(request, form.cleaned_data["code"])
        device = browser_cookie.renew(request)
        if http_session.verify(
            request=request, user=request.user, factor=kind.factor, code=code, device=device
        ):
            answer = with_known_browser(request, redirect(safe_next(request)))
            return fresh_codes.first(request, user_id=request.user.pk, factor=kind.factor, then=answer)
    except Stale as refusal:
        return refused(request, refusal)
    except Refusal as refusal:
        add_refusal(form, refusal)
        lead_to_doubt(request, refusal)
        return _verify_page(request, kind, form, status=status_of(refusal))
    form.add_error("code", _wrong(request.user, kind, code))
    if second_factor.keeps_some_back(request.user, kind.factor):
        add_refusal(form, second_factor.doubted())
        lead_to_doubt(request, second_factor.doubted())
    return _verify_page(request, kind, form, status=422)


def _with_next(request: HttpRequest, route: str) -> str:
    return reverse(f"accounts:{route}") + "?" + urlencode({"next": safe_next(request)})


def _verify_page(
    request: SignedInRequest, kind: Kind, form: Form, kinds: Sequence[Kind] = (), *, status: int = 200
) -> HttpResponse:
    """``kinds``: of which something is bound, where that is known already."""
    kinds = kinds or authenticators.bound_kinds(request.user.pk)
    return page(
        request,
        "verify",
        status=status,
        form=form,
        action=reverse(f"accounts:{kind.pages.verify}"),
        hint=kind.words.sign_in.hint,
        ceremony=kind.ceremony,
        step_up=http_session.is_verified(request),
        # Who has something for every day was not asked for a spare code: only without it, that may be lost.
        lost_all=kind.is_spare and all(one.is_spare for one in kinds),
        others=[
            (reverse(f"accounts:{other.pages.verify}"), other.words.instead)
            for other in kinds
            if other.factor != kind.factor
        ],
        next=safe_next(request),
    )


def _nothing_page(request: SignedInRequest) -> HttpResponse:
    """Nothing is left that could be asked for, and the password alone does not do."""
    return page(request, "verify", next=safe_next(request))


def _wrong(user: User, kind: Kind, code: str) -> str:
    if kind.ceremony:
        return str(kind.words.refused)
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
