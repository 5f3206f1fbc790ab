"""Code apps and recovery codes: the first one, further ones, replacing, removing."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from two_factor.utils import get_otpauth_url
from two_factor.views.core import QRGeneratorView

from accounts import selectors
from accounts.access import SignedInRequest, VerifiedRequest, enrolling, fresh_factor_required
from accounts.forms.credentials import EnrolForm
from accounts.kinds import AuthenticatorKind
from accounts.services import second_factor as service
from accounts.services import sign_in
from accounts.views.answers import page, refused, safe_next, status_of, with_known_browser
from common.errors import Denied, Refusal

KEY = "totp_enrolment"


class _Picture(QRGeneratorView):  # type: ignore[misc]
    """The QR code of the key that waits in the session, under the portal's own name."""

    session_key_name = KEY

    def get_issuer(self) -> str:
        return service.issuer()


_picture = _Picture.as_view()


@enrolling
@require_GET
def qr(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _picture(request)
    return answer


@enrolling
@require_http_methods(["GET", "POST"])
def enrol(request: SignedInRequest) -> HttpResponse:
    """The first code app of an account; with it this session is verified and the recovery codes are shown."""
    if sign_in.is_verified(request):
        return redirect("accounts:methods")
    form = EnrolForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                codes = sign_in.enrol(
                    request=request,
                    user=request.user,
                    key=_key(request),
                    code=form.cleaned_data["code"],
                    name=form.cleaned_data["name"],
                )
            except Denied as refusal:
                form.add_error("code", str(refusal))
            except Refusal as refusal:
                return refused(request, refusal)
            else:
                _forget_key(request)
                shown = page(request, "recovery_codes", codes=codes, next=safe_next(request), first=True)
                return with_known_browser(request, shown)
    return _enrol_page(request, form, status, first=True)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def add(request: VerifiedRequest, replaces: int | None = None) -> HttpResponse:
    """A further code app, or one in place of another."""
    replaced = _bound(request, replaces) if replaces is not None else None
    form = EnrolForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                service.bind_totp(
                    user=request.user,
                    key=_key(request),
                    code=form.cleaned_data["code"],
                    name=form.cleaned_data["name"],
                    replaces=replaces,
                )
            except Refusal as refusal:
                form.add_error("code", str(refusal))
                status = status_of(refusal)
            else:
                _forget_key(request)
                messages.success(request, _("Your code app is ready to use."))
                return redirect("accounts:methods")
    return _enrol_page(request, form, status, first=False, replaced=replaced)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def remove(request: VerifiedRequest, authenticator: int) -> HttpResponse:
    bound = _bound(request, authenticator)
    if request.method == "POST":
        try:
            service.remove_totp(user=request.user, authenticator_id=authenticator)
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:methods")
        messages.success(request, _("The code app was removed."))
        return redirect("accounts:methods")
    return page(request, "totp_remove", authenticator=bound)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def recovery_codes(request: VerifiedRequest) -> HttpResponse:
    """GET explains, POST makes a new set; it is shown in that answer and never again."""
    if request.method == "GET":
        return page(request, "recovery_codes_new")
    try:
        codes = service.new_recovery_codes(user=request.user)
    except Refusal as refusal:
        return refused(request, refusal, again="accounts:methods")
    return page(
        request, "recovery_codes", codes=codes, next=safe_next(request, "accounts:methods"), first=False
    )


def _bound(request: VerifiedRequest, authenticator: int) -> selectors.BoundAuthenticator:
    for one in selectors.bound_authenticators(request.user.pk):
        if one.id == authenticator and one.kind == AuthenticatorKind.TOTP:
            return one
    raise Http404


def _key(request: HttpRequest) -> str:
    """The key that waits to be bound; it stays the same while the page is loaded again."""
    return str(request.session.setdefault(KEY, service.new_key()))


def _forget_key(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _enrol_page(
    request: SignedInRequest,
    form: EnrolForm,
    status: int,
    *,
    first: bool,
    replaced: selectors.BoundAuthenticator | None = None,
) -> HttpResponse:
    key = _key(request)
    return page(
        request,
        "enrol",
        status=status,
        form=form,
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        link=get_otpauth_url(request.user.email, key, issuer=service.issuer()),
        first=first,
        replaced=replaced,
        next=safe_next(request),
    )
