"""Is this really us? A page for everybody, about a mail or a call."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from accounts.responses import with_retry_after
from common import browser_cookie
from common.errors import Throttled
from recovery.authenticity import services
from recovery.authenticity.forms import CallForm, MailForm
from recovery.claimant.access import country_of, regions_of
from telephony import numbers


@public
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@public
@require_http_methods(["GET", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """GET, as after a change of language: the page with nothing typed."""
    if request.method != "POST":
        return _page(request)
    form = MailForm(request.POST)
    if not form.is_valid():
        return _page(request, mail_form=form, status=422)
    try:
        found = services.check_mail(
            reference=form.cleaned_data["reference"],
            address=form.cleaned_data["email"],
            browser=browser_cookie.read(request),
        )
    except Throttled as refusal:
        return _refused(request, form, refusal, mail_form=form)
    return _page(request, mail_form=form, answered=True, mailed=found)


@public
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest) -> HttpResponse:
    """GET: as for a mail."""
    if request.method != "POST":
        return _page(request)
    form = CallForm(request.POST, regions=regions_of(request))
    if not form.is_valid():
        return _page(request, call_form=form, status=422)
    try:
        found = services.check_call(
            number=form.cleaned_data["number"],
            name=form.cleaned_data["name"],
            browser=browser_cookie.read(request),
        )
    except Throttled as refusal:
        return _refused(request, form, refusal, call_form=form)
    return _page(request, call_form=form, answered=True, called=found)


def _refused(
    request: HttpRequest, form: MailForm | CallForm, refusal: Throttled, **forms: Any
) -> HttpResponse:
    form.add_error(None, str(refusal))
    return with_retry_after(_page(request, status=429, **forms), refusal)


def _page(
    request: HttpRequest,
    *,
    status: int = 200,
    mail_form: MailForm | None = None,
    call_form: CallForm | None = None,
    **answer: Any,
) -> HttpResponse:
    context = {
        "mail_form": mail_form or MailForm(),
        "call_form": call_form or CallForm(regions=regions_of(request)),
        "caller_number": numbers.pretty(settings.CALLER_NUMBER, country_of(request)),
        "wrong": status == 422,
        **answer,
    }
    return render(request, "recovery/is_this_you.html", context, status=status)
