"""A new set of recovery codes; the code in place of a used one; whether they are still at hand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import link_token
from accounts.access import VerifiedRequest, fresh_factor_required, public
from accounts.authenticators import selectors
from accounts.authenticators.recovery_codes import reminder, replacement, services
from accounts.authenticators.recovery_codes.replacement import Fresh
from accounts.enums import AuthenticatorKind
from accounts.responses import page, refused, safe_next
from accounts.selectors import summary
from common import clock
from common.errors import Refusal, Stale


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def create(request: VerifiedRequest) -> HttpResponse:
    """GET explains, POST makes a new set; it is shown in that answer and never again."""
    if request.method == "GET":
        return page(request, "recovery_codes/new")
    try:
        made = services.create(user=request.user)
    except Refusal as refusal:
        return refused(request, refusal, again="accounts:methods")
    return page(
        request,
        "codes_to_save",
        codes=made.codes,
        waiting=made.waiting,
        account=summary(request.user.pk).email_masked,
        today=clock.now(),
        next=safe_next(request, "accounts:methods"),
        first=False,
    )


@public
@require_http_methods(["GET", "POST"])
def fresh(request: HttpRequest) -> HttpResponse:
    """The code in place of the one that this browser has just used, until it is said to be written down.

    Nobody needs to be signed in: a code is also used up by the link of a notice. Loading the page again shows
    it again; once it is saved, the page only leads on.
    """
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    found = replacement.by_token(token)
    if found is None:
        return link_token.clear(request, redirect(safe_next(request)))
    user_id, code = found
    if request.method == "POST":
        replacement.saved(user_id=user_id, ids=[code.id])
        return link_token.clear(request, redirect(safe_next(request)))
    return _show(request, user_id, [code], next=safe_next(request))


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def waiting(request: VerifiedRequest) -> HttpResponse:
    """Codes that nobody has said to have written down: the browser that used the old ones may be closed."""
    found = replacement.waiting(request.user.pk)
    if request.method == "POST":
        shown = {one for one in request.POST.getlist("code") if one.isdecimal()}
        replacement.saved(user_id=request.user.pk, ids=[one.id for one in found if str(one.id) in shown])
        return redirect("accounts:methods")
    if not found:
        return redirect("accounts:methods")
    return _show(request, request.user.pk, found, next="")


def _show(request: HttpRequest, user_id: int, found: list[Fresh], *, next: str) -> HttpResponse:  # noqa: A002
    account = summary(user_id).email_masked
    return page(request, "recovery_codes/fresh", fresh=found, account=account, today=clock.now(), next=next)


@require_http_methods(["GET", "POST"])
def check(request: VerifiedRequest) -> HttpResponse:
    """Once a year: are the codes still where their owner put them? Nothing secret is shown."""
    sets = [
        one
        for one in selectors.bound_authenticators(request.user.pk)
        if one.kind == AuthenticatorKind.RECOVERY_CODES
    ]
    if not sets:
        return refused(
            request, Stale(_("You don’t have any recovery codes yet.")), again="accounts:recovery_codes"
        )
    if request.method == "POST":
        reminder.still_there(user_id=request.user.pk)
        messages.success(request, _("Thank you. We’ll ask again in a year."))
        return redirect("accounts:check_up")
    return page(request, "recovery_codes/check", codes=sets[0])
