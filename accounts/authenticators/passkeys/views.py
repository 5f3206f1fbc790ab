"""Passkeys: the challenge to show one, the first one, further ones, removing."""

import json
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, VerifiedRequest, enrolling, fresh_factor_required, public
from accounts.authenticators import selectors
from accounts.authenticators.base import BoundAuthenticator
from accounts.authenticators.passkeys import ceremonies, challenges, labels, services
from accounts.authenticators.passkeys.forms import NewPasskeyForm
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
from accounts.sign_in.services import SessionEnded
from audit import context
from common import ratelimit
from common.errors import Refusal, Throttled
from common.network import networks_of
from common.ratelimit import Bound


@public
@require_POST
def challenge(request: HttpRequest) -> HttpResponse:
    """What the browser needs to show a passkey: the same for everybody, whoever asks and wherever."""
    try:
        ratelimit.spend_each(
            *(
                Bound("challenge_network", network, limit=300, seconds=600, shared=True)
                for network in networks_of(context.current().origin.address)
            )
        )
    except Throttled as refusal:
        answer = JsonResponse({"problem": str(refusal)}, status=429)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    options = ceremonies.to_show()
    challenges.keep(request, "show", options["challenge"])
    return JsonResponse(options)


@enrolling
@require_http_methods(["GET", "POST"])
def enrol(request: SignedInRequest) -> HttpResponse:
    """The first authenticator of an account: it verifies this session, and recovery codes are shown."""
    if http_session.is_verified(request) and not owes_enrolment(request.user):
        return redirect("accounts:methods")
    form = NewPasskeyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200, first=True)
    try:
        code = challenges.taken(request, form.cleaned_data["code"], "create")
        bind = partial(
            services.bind, user=request.user, code=code, name=form.cleaned_data["name"], first=True
        )
        made = http_session.enrol(request=request, user=request.user, factor=Factor.PASSKEY, bind=bind)
    except SessionEnded as refusal:
        return refused(request, refusal)
    except Refusal as refusal:
        add_refusal(form, refusal)
        lead_to_doubt(request, refusal)
        return _page(request, form, status=status_of(refusal), first=True)
    if not made:
        messages.success(request, _("Your passkey is ready to use."))
        return with_known_browser(request, redirect(safe_next(request)))
    shown = page(request, "codes_to_save", codes=made, next=safe_next(request), first=True)
    return with_known_browser(request, shown)


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def add(request: VerifiedRequest) -> HttpResponse:
    """A further passkey."""
    form = NewPasskeyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    try:
        code = challenges.taken(request, form.cleaned_data["code"], "create")
        made = services.bind(user=request.user, code=code, name=form.cleaned_data["name"])
    except Refusal as refusal:
        add_refusal(form, refusal)
        return _page(request, form, status=status_of(refusal))
    say_made(request, made, _("Your passkey is ready to use."))
    return redirect("accounts:methods")


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def remove(request: VerifiedRequest, authenticator: int) -> HttpResponse:
    bound = _bound(request, authenticator)
    if request.method == "POST":
        try:
            made = services.remove(user=request.user, authenticator_id=authenticator)
        except Refusal as refusal:
            return refused(request, refusal, again="accounts:methods")
        say_made(request, made, _("The passkey was removed."))
        return redirect("accounts:methods")
    return page(request, "passkeys/remove", authenticator=bound)


def _bound(request: VerifiedRequest, authenticator: int) -> BoundAuthenticator:
    for one in selectors.bound_authenticators(request.user.pk):
        if one.id == authenticator and one.kind == AuthenticatorKind.PASSKEY:
            return one
    raise Http404


def _page(
    request: SignedInRequest, form: NewPasskeyForm, *, status: int, first: bool = False
) -> HttpResponse:
    """Each time with a challenge of its own."""
    options = ceremonies.to_create(request.user)
    challenges.keep(request, "create", options["challenge"])
    return page(
        request,
        "passkeys/new",
        status=status,
        form=form,
        ceremony=labels.CEREMONY,
        options=json.dumps(options),
        default_name=labels.default_name(),
        first=first,
        next=safe_next(request),
    )
