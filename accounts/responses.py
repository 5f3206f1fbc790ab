"""Answers that several pages give."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.policies import Doubted
from accounts.record_change import Waiting
from accounts.sign_in import http_session
from common import browser_cookie
from common.errors import Refusal, Throttled
from common.local_time import exact_words

MAX_NEXT = 2000
KEPT_OUT = "kept_out_by_doubt"


def page(request: HttpRequest, template: str, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, f"accounts/{template}.html", context, status=status)


def status_of(refusal: Refusal) -> int:
    return 429 if isinstance(refusal, Throttled) else 422


def add_refusal(form: forms.Form, refusal: Refusal, field: str | None = None) -> None:
    """Say in the form why nothing was done; where a doubt is why, a link leads to where that is settled."""
    if isinstance(refusal, Doubted):
        form.add_error(None, ValidationError(str(refusal), code="doubted"))
    else:
        form.add_error(field, str(refusal))


def lead_to_doubt(request: HttpRequest, refusal: Refusal) -> None:
    """Who has given the password only may answer for what is doubted once that has kept them out."""
    if isinstance(refusal, Doubted):
        request.session[KEPT_OUT] = True


def can_answer(request: HttpRequest) -> bool:
    return http_session.is_verified(request) or bool(request.session.get(KEPT_OUT))


def refused(request: HttpRequest, refusal: Refusal, **context: object) -> HttpResponse:
    """A page that says why nothing was done, and what may help."""
    doubted = isinstance(refusal, Doubted)
    answer = page(
        request, "refused", status=status_of(refusal), reason=str(refusal), doubted=doubted, **context
    )
    return with_retry_after(answer, refusal)


def say_made(request: HttpRequest, made: object, words: str) -> None:
    """On the next page: that a change was made, or from when on it is."""
    if not isinstance(made, Waiting):
        messages.success(request, words)
        return
    waits = _(
        "This sign-in looks unusual, so the change takes effect on %(until)s. We’ve e-mailed all your "
        "addresses. Until then, you can cancel it here."
    )
    messages.warning(request, waits % {"until": exact_words(made.until)})


def with_retry_after(answer: HttpResponse, refusal: Refusal | None) -> HttpResponse:
    if isinstance(refusal, Throttled):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def with_known_browser(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Both factors were shown: by this cookie the account is known in this browser."""
    browser_cookie.write(request, answer)
    return answer


def safe_next(request: HttpRequest, otherwise: str = "home") -> str:
    """Where to go on: the page asked for, if it is one of ours, else ``otherwise``."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if (
        wanted.startswith("/")
        and len(wanted) <= MAX_NEXT
        and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    ):
        return wanted
    return resolve_url(otherwise)
