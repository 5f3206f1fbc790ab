"""The further address for notices: add, change, cancel, remove, and the page of the link that confirms it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import link_token, selectors
from accounts.access import VerifiedRequest, fresh_factor_required, public
from accounts.notice_address import services
from accounts.notice_address.forms import NoticeAddressForm
from accounts.responses import add_refusal, page, refused, say_made, status_of
from accounts.sign_in import http_session
from common.errors import Refusal, Stale


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def edit(request: VerifiedRequest) -> HttpResponse:
    form = NoticeAddressForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.request(
                    user=request.user,
                    address=form.cleaned_data["email"],
                    session=http_session.session_id(request),
                )
                messages.info(
                    request, _("We sent a link to this address. It gets notices once you open the link.")
                )
                return redirect("accounts:methods")
            except Refusal as refusal:
                add_refusal(form, refusal)
                status = status_of(refusal)
    return page(
        request,
        "notice_address/edit",
        status=status,
        form=form,
        present=selectors.notice_address(request.user.pk),
        pending=selectors.pending_notice_address(request.user.pk),
    )


@require_POST
def cancel(request: VerifiedRequest) -> HttpResponse:
    services.cancel(user=request.user)
    messages.info(request, _("The address won’t be added."))
    return redirect("accounts:methods")


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def remove(request: VerifiedRequest) -> HttpResponse:
    present = selectors.notice_address(request.user.pk)
    if request.method == "POST":
        try:
            made = services.remove(user=request.user, session=http_session.session_id(request))
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:methods")
        say_made(request, made, _("This address gets no more notices."))
        return redirect("accounts:methods")
    if present is None:
        return redirect("accounts:notice_address")
    return page(request, "notice_address/remove", present=present)


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if services.pending_of(token) is None:
        return _is_dead(request)
    return link_token.store(request, token, "accounts:confirm_notice")


def _is_dead(request: HttpRequest) -> HttpResponse:
    return refused(request, Stale(_("This link no longer works. Nothing was changed.")))


@public
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """GET shows what would change, POST changes it: a scanner of mails that opens the link does nothing."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    pending = services.pending_of(token)
    if pending is None:
        return _is_dead(request)
    if request.method == "POST":
        try:
            confirmed = services.confirm(token=token)
        except Refusal as refusal:
            return refused(request, refusal)
        return link_token.clear(request, page(request, "notice_address/confirmed", confirmed=confirmed))
    return page(request, "notice_address/confirm", owner_masked=pending[0], new=pending[1])
