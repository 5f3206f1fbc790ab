"""Asking for a call, without signing in: what happened, then who and where to call."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from common import clock, network
from common.errors import Stale, Throttled
from recovery import selectors, waiting
from recovery.forms.public import CallForm
from recovery.models import Case
from recovery.models.case import Category
from recovery.services import cases
from recovery.states import CaseState
from recovery.views.status import hold, open_case_of, regions_of

LANGUAGES = ("en", "ja")


@public
@require_safe
def categories(request: HttpRequest) -> HttpResponse:
    """What happened?"""
    held = open_case_of(request)
    return render(request, "recovery/help.html", {"held": held, "wait": _wait(get_language() or "en")})


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, category: str) -> HttpResponse:
    """Ways of contact with the wait for each, and the form that asks for a call.

    The answer is the same, and takes as long, whether or not the e-mail names an account: nothing is looked
    up before the answer is sent.
    """
    chosen = _category(category)
    held = open_case_of(request)
    if request.method == "POST":
        form = CallForm(request.POST, regions=regions_of(request))
        if form.is_valid():
            return _open(request, form, chosen, held)
        return _page(request, form, chosen, held, status=422)
    form = CallForm(initial={"language": get_language()}, regions=regions_of(request))
    return _page(request, form, chosen, held)


def _category(slug: str) -> Category:
    try:
        return Category(slug.replace("-", "_"))
    except ValueError:
        raise Http404 from None


def _open(request: HttpRequest, form: CallForm, category: Category, held: Case | None) -> HttpResponse:
    typed = form.cleaned_data
    if held and held.state == CaseState.WORKING:
        messages.warning(request, _("An agent is busy with your request already. This is its page."))
        return redirect("status")
    if held and _asks_for_the_same(held, typed, category):
        return redirect("status")
    try:
        cases.spend_request(
            email=typed["email"], number=typed["number"], address=network.client_address(request.META)
        )
        case, capability = cases.open_case(
            email=typed["email"],
            number=typed["number"],
            category=category,
            language=typed["language"],
            zone=typed["zone"],
            due_at=typed["due_at"],
            instead_of=held,
        )
    except Throttled as refusal:
        form.add_error(None, str(refusal))
        response = _page(request, form, category, held, status=429)
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    except Stale:
        return redirect("status")
    return hold(redirect("status"), case, capability)


def _asks_for_the_same(held: Case, typed: dict[str, object], category: Category) -> bool:
    """A second click, or a form sent again from the browser's history, changes nothing."""
    callback = held.callback
    due_at = typed["due_at"]
    return (
        held.email == typed["email"]
        and callback.number == typed["number"]
        and callback.language == typed["language"]
        and held.category == category
        and (callback.chosen_at == due_at if due_at else callback.due_at <= clock.now())
    )


def _page(
    request: HttpRequest, form: CallForm, category: Category, held: Case | None, status: int = 200
) -> HttpResponse:
    waits = {language: _wait(language) for language in LANGUAGES}
    language = get_language() or "en"
    context = {
        "form": form,
        "category": category,
        "held": held,
        "wait": waits.get(language, ""),
        "languages": [
            {"value": value, "label": label, "wait": waits[value]}
            for value, label in form.fields["language"].choices  # type: ignore[attr-defined]
        ],
        "waits_differ": len(set(waits.values())) > 1,
        "later": form["when"].value() == CallForm.LATER,
    }
    return render(request, "recovery/help_call.html", context, status=status)


def _wait(language: str) -> str:
    """In words; "" while nobody who speaks the language is on duty."""
    wait = selectors.wait_for_new(language)
    return waiting.in_words(wait) if wait else ""
