"""Code apps: the first one, further ones, replacing, removing."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from two_factor.utils import get_otpauth_url
from two_factor.views.core import QRGeneratorView

from accounts.access import SignedInRequest, VerifiedRequest, enrolling, fresh_factor_required
from accounts.authenticators import selectors
from accounts.authenticators.base import BoundAuthenticator
from accounts.authenticators.totp import services
from accounts.authenticators.totp.forms import EnrolForm
from accounts.enums import AuthenticatorKind, Factor
from accounts.responses import (
    add_refusal,
    lead_to_doubt,
    page,
    refused,
    safe_next,
    say_made,
    status_of,
    with_known_browser,
)
from accounts.sign_in import http_session
from accounts.sign_in.selectors import owes_enrolment
from common import clock, codes
from common.email_addresses import mask
from common.errors import Denied, Refusal

# A key waits in the session under the id that the address of its page carries, so that a page binds the key
# that it shows, whatever another tab shows.
WAITING = "totp_key:"
MAX_WAITING = 5


class _Picture(QRGeneratorView):  # type: ignore[misc]
    """The QR code of the key that the page shows, under the portal's own name."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.session_key_name = WAITING + _id(request)

    def get_issuer(self) -> str:
        return services.issuer()


_picture = _Picture.as_view()


@enrolling
@require_GET
def qr(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _picture(request)
    return answer


@enrolling
@require_http_methods(["GET", "POST"])
def enrol(request: SignedInRequest) -> HttpResponse:
    """The only code app of an account; with it this session is verified and new recovery codes are shown."""
    if http_session.is_verified(request) and not owes_enrolment(request.user):
        return redirect("accounts:methods")
    key = _key(request)
    if request.method == "GET" and not key:
        return _with_new_key(request)
    form = EnrolForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _is_shown(form, key):
            try:
                bind = partial(services.bind, user=request.user, key=key, first=True, **form.cleaned_data)
                made = http_session.enrol(request=request, user=request.user, factor=Factor.TOTP, bind=bind)
            except Denied as refusal:
                add_refusal(form, refusal, "code")
                lead_to_doubt(request, refusal)
            except Refusal as refusal:
                return refused(request, refusal)
            else:
                _forget_key(request)
                if not made:
                    messages.success(request, _("Your authenticator app is ready to use."))
                    return with_known_browser(request, redirect(safe_next(request)))
                shown = page(
                    request,
                    "codes_to_save",
                    codes=made,
                    account=mask(request.user.email),
                    today=clock.now(),
                    next=safe_next(request),
                    first=True,
                )
                return with_known_browser(request, shown)
    return _enrol_page(request, form, status, first=True)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def add(request: VerifiedRequest, replaces: int | None = None) -> HttpResponse:
    """A further code app, or one in place of another."""
    replaced = _bound(request, replaces) if replaces is not None else None
    key = _key(request)
    if request.method == "GET" and not key:
        return _with_new_key(request)
    form = EnrolForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _is_shown(form, key):
            try:
                made = services.bind(user=request.user, key=key, replaces=replaces, **form.cleaned_data)
            except Refusal as refusal:
                add_refusal(form, refusal, "code")
                status = status_of(refusal)
            else:
                _forget_key(request)
                say_made(request, made, _("Your authenticator app is ready to use."))
                return redirect("accounts:methods")
    return _enrol_page(request, form, status, first=False, replaced=replaced)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def remove(request: VerifiedRequest, authenticator: int) -> HttpResponse:
    bound = _bound(request, authenticator)
    if request.method == "POST":
        try:
            made = services.remove(user=request.user, authenticator_id=authenticator)
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:methods")
        say_made(request, made, _("The authenticator app was removed."))
        return redirect("accounts:methods")
    return page(request, "totp/remove", authenticator=bound)


def _bound(request: VerifiedRequest, authenticator: int) -> BoundAuthenticator:
    for one in selectors.bound_authenticators(request.user.pk):
        if one.id == authenticator and one.kind == AuthenticatorKind.TOTP:
            return one
    raise Http404


def _id(request: HttpRequest) -> str:
    return request.GET.get("key", "")


def _key(request: HttpRequest) -> str:
    """The key that this page shows and that waits to be bound, or ""."""
    return str(request.session.get(WAITING + _id(request), ""))


def _new_key(request: HttpRequest) -> str:
    """Let a new key wait, in place of the oldest where there are many; returns its id."""
    waiting = [name for name, _key in request.session.items() if name.startswith(WAITING)]
    for name in waiting[: max(0, len(waiting) + 1 - MAX_WAITING)]:
        del request.session[name]
    new = codes.letters(8)
    request.session[WAITING + new] = services.new_key()
    return new


def _with_new_key(request: HttpRequest) -> HttpResponse:
    """The same page under an address of its own, where loading it again shows the same key."""
    query = request.GET.copy()
    query["key"] = _new_key(request)
    return redirect(f"{request.path}?{query.urlencode()}")


def _is_shown(form: EnrolForm, key: str) -> bool:
    if not key:
        form.add_error("code", _("The previous QR code no longer works. Scan the new one."))
    return bool(key)


def _forget_key(request: HttpRequest) -> None:
    request.session.pop(WAITING + _id(request), None)


def _enrol_page(
    request: SignedInRequest,
    form: EnrolForm,
    status: int,
    *,
    first: bool,
    replaced: BoundAuthenticator | None = None,
) -> HttpResponse:
    key_id = _id(request) if _key(request) else _new_key(request)
    key = str(request.session[WAITING + key_id])
    return page(
        request,
        "totp/enrol",
        status=status,
        form=form,
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        key_id=key_id,
        link=get_otpauth_url(request.user.email, key, issuer=services.issuer()),
        first=first,
        replaced=replaced,
        next=safe_next(request),
    )
