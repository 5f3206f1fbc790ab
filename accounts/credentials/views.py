"""Change the password or the address; choose a password by a link; how strong a password is."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts import link_token, links, passwords, selectors
from accounts.access import VerifiedRequest, fresh_factor_required, public
from accounts.credentials import password_links, services
from accounts.credentials.forms import AddressForm, ChangePasswordForm, NewAddressForm, PasswordForm
from accounts.credentials.password_validation import judge
from accounts.models import User
from accounts.responses import add_refusal, page, refused, say_made, status_of
from accounts.sign_in import http_session
from accounts.sign_up import services as sign_up
from accounts.states import PendingState
from common import browser_cookie, ratelimit
from common.errors import Refusal, Stale, Throttled
from common.network import client_address, networks_of
from common.ratelimit import Bound


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def change_password(request: VerifiedRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if services.is_current_password(request.user, form.cleaned_data["current_password"]):
                    made = http_session.change_password(
                        request=request, user=request.user, password=form.cleaned_data["new_password"]
                    )
                    words = _("Your password was changed. All other sessions were signed out.")
                    say_made(request, made, words)
                    return redirect("accounts:methods")
                form.add_error("current_password", _("Your current password is incorrect."))
            except services.UsedBefore as refusal:
                form.add_error("new_password", str(refusal))
            except Refusal as refusal:
                add_refusal(form, refusal)
                status = status_of(refusal)
    return page(request, "change_password", status=status, form=form)


@public
@require_POST
def password_strength(request: HttpRequest) -> HttpResponse:
    """How hard the password that is being typed is to guess: a fragment for the form. Nothing is kept.

    It is an aid, open to all, and costs milliseconds: whoever asks too often goes without it. The form
    itself measures the password again.
    """
    networks = networks_of(client_address(request.META))[:1]
    try:
        ratelimit.spend_each(
            Bound("password_strength_all", "all", limit=600, seconds=60, shared=True),
            *(Bound("password_strength", network, limit=60, seconds=60, shared=True) for network in networks),
        )
    except Throttled as refusal:
        return HttpResponse(status=429, headers={"Retry-After": str(refusal.retry_after)})
    typed = passwords.normal(request.POST.get("new_password", "")[:512])
    return page(request, "strength", verdict=judge(typed, _who_chooses(request)) if typed else None)


def _who_chooses(request: HttpRequest) -> User:
    """Who is signed in, or whom the page's link is for, by the name that is being typed if there is one."""
    if request.user.is_authenticated:
        return request.user
    token = link_token.peek(request)
    user = password_links.owner_of(token) or User(email=sign_up.read_token(token) or "")
    user.name = request.POST.get("name", "")[:80] or user.name
    user.name_latin = request.POST.get("name_latin", "")[:80] or user.name_latin
    return user


@public
@require_http_methods(["GET", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                password_links.ask(email=form.cleaned_data["email"], browser=browser_cookie.read(request))
                return redirect("accounts:forgot_sent")
            except Throttled as refusal:
                form.add_error(None, str(refusal))
                status = 429
    return page(request, "forgot", status=status, form=form)


@public
@require_GET
def forgot_sent(request: HttpRequest) -> HttpResponse:
    return page(request, "forgot_sent")


@public
@require_safe
def open_password_link(request: HttpRequest, token: str) -> HttpResponse:
    if password_links.owner_of(token) is None:
        return link_token.dead(request, again="accounts:forgot")
    return link_token.store(request, token, "accounts:choose_password")


@public
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    user = password_links.owner_of(token)
    if user is None:
        return link_token.dead(request, again="accounts:forgot")
    form = PasswordForm(
        request.POST if request.method == "POST" else None, user=user, link=request.GET.get("link", "")
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.choose_password_by_link(token=token, password=form.cleaned_data["new_password"])
        except services.UsedBefore as refusal:
            form.add_error("new_password", str(refusal))
            return page(request, "choose_password", status=422, form=form, address=user.email)
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:forgot")
        messages.success(request, _("Your new password is set. Sign in with it now."))
        return link_token.clear(request, redirect("accounts:sign_in"))
    return page(request, "choose_password", status=422 if form.errors else 200, form=form, address=user.email)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def change_email(request: VerifiedRequest) -> HttpResponse:
    form = NewAddressForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.request_email_change(
                    user=request.user,
                    address=form.cleaned_data["email"],
                    session=http_session.session_id(request),
                )
                messages.info(
                    request,
                    _("We sent an e-mail to the new address. Nothing changes until you confirm it there."),
                )
                return redirect("accounts:methods")
            except Refusal as refusal:
                add_refusal(form, refusal)
                status = status_of(refusal)
    return page(
        request, "change_email", status=status, form=form, pending=selectors.pending_email(request.user.pk)
    )


@require_POST
def cancel_email_change(request: VerifiedRequest) -> HttpResponse:
    services.cancel_email_change(user=request.user)
    messages.info(request, _("The change of your e-mail address was cancelled."))
    return redirect("accounts:methods")


@public
@require_safe
def open_stop_email_link(request: HttpRequest, token: str) -> HttpResponse:
    if _asked_for(token) is None:
        return link_token.missing(request)
    return link_token.store(request, token, "accounts:stop_email")


def _asked_for(token: str) -> tuple[int, services.Asked] | None:
    pending = links.read_stop_email(token)
    asked = services.asked_for(pending) if pending is not None else None
    return (pending, asked) if pending is not None and asked else None


@public
@require_http_methods(["GET", "POST"])
def stop_email(request: HttpRequest) -> HttpResponse:
    """The page of the link that the present address gets: GET shows what was asked for, POST cancels it."""
    found = _asked_for(link_token.peek(request))
    if found is None:
        return link_token.missing(request)
    pending, asked = found
    if request.method == "POST" and asked.state == PendingState.PENDING:
        try:
            services.stop_email_change(pending_id=pending)
        except Refusal:
            pass  # somebody was faster: the page says how it stands now
        return link_token.here(request, "accounts:stop_email")
    return page(request, "stop_email", asked=asked)


@public
@require_safe
def open_email_link(request: HttpRequest, token: str) -> HttpResponse:
    if services.pending_of(token) is None:
        return _email_link_is_dead(request)
    return link_token.store(request, token, "accounts:confirm_email")


def _email_link_is_dead(request: HttpRequest) -> HttpResponse:
    return refused(request, Stale(_("This link no longer works. Nothing was changed.")))


@public
@require_http_methods(["GET", "POST"])
def confirm_email(request: HttpRequest) -> HttpResponse:
    """GET shows what would change, POST changes it: a scanner of mails that opens the link does nothing."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    pending = services.pending_of(token)
    if pending is None:
        return _email_link_is_dead(request)
    if request.method == "POST":
        try:
            confirmed = services.confirm_email_change(token=token)
        except Refusal as refusal:
            return refused(request, refusal)
        return link_token.clear(request, page(request, "email_confirmed", **vars(confirmed)))
    return page(request, "confirm_email", old_masked=pending[0], new=pending[1])
