"""Asking for a call, without signing in: what happened, then who and where to call."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import link_token
from accounts.access import public
from accounts.responses import refused
from common import browser_cookie, clock, network
from common.email_addresses import mask, normal
from common.errors import Stale
from recovery.cases import admission, intake
from recovery.claimant import wait_text as waiting
from recovery.claimant.forms import NOTICED_AT_DOOR, CallForm
from recovery.claimant.views.status import hold, open_case_of, regions_of
from recovery.models import Case
from recovery.models.case import Category, Since
from recovery.queue import wait as outlook
from recovery.states import CaseState
from telephony import numbers

LANGUAGES = ("en", "ja")


@public
@require_safe
def categories(request: HttpRequest) -> HttpResponse:
    """What happened?"""
    held = open_case_of(request)
    # The doors lead to requests of different urgency: what is said before them holds for all.
    expected = outlook.for_new(Category.CANT_SIGN_IN, LANGUAGES).get(get_language() or "en")
    wait = waiting.in_words(expected.wait) if expected and expected.wait else ""
    return render(request, "recovery/help.html", {"held": held, "wait": wait})


@public
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, category: str) -> HttpResponse:
    """Ways of contact with the wait for each, and the form that asks for a call.

    The answer is the same, and takes as long, whether or not the e-mail names an account: nothing is looked
    up before the answer is sent.
    """
    chosen = _category(category)
    held = open_case_of(request)
    if request.method == "POST":
        form = CallForm(request.POST, regions=regions_of(request))
        if form.is_valid() and "change" in request.POST:
            return _page(request, form, chosen, held)
        if form.is_valid():
            return _open(request, form, chosen, held)
        return _page(request, form, chosen, held, status=422)
    first = {"language": get_language(), "noticed": [NOTICED_AT_DOOR[chosen].value]}
    form = CallForm(initial=first, regions=regions_of(request))
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
    asked = admission.Asked(
        email=normal(typed["email"]),
        number=typed["number"],
        category=category.value,
        language=typed["language"],
        zone=typed["zone"],
        due_at=typed["due_at"],
        noticed=typed["noticed"],
        since=typed["since"],
        said=typed["said"],
    )
    browser = browser_cookie.read(request)
    place = admission.admit(
        email=asked.email,
        number=asked.number,
        address=network.client_address(request.META),
        browser=browser,
        ticket=request.POST.get("ticket", ""),
    )
    if isinstance(place, admission.Crowded):
        if "mail" in request.POST:
            # Instead of the wait, a link to the address that was typed.
            admission.mail_link(asked, language=get_language() or "en")
            return render(request, "recovery/help_mailed.html", {"category": category, "email": asked.email})
        return _first_wait(request, form, category, place)
    try:
        case, capability = intake.open_case(**vars(asked), instead_of=held, place=place, browser=browser)
    except Stale:
        return redirect("status")
    return hold(redirect("status"), case, capability)


def _first_wait(
    request: HttpRequest, form: CallForm, category: Category, crowded: admission.Crowded
) -> HttpResponse:
    """A step between: the same form once more, filled in, to be sent when a short wait is over.

    It works without scripts; pressed too early, it says how long is left and keeps what was typed.
    """
    typed = [
        (bound.html_name, value)
        for bound in form
        for value in (bound.value() if bound.name == "noticed" else [bound.value()])
        if value is not None
    ]
    context = {"category": category, "typed": typed, "crowded": crowded, "early": "ticket" in request.POST}
    return render(request, "recovery/help_wait.html", context)


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if admission.asked_by(token) is None:
        return _dead_link(request)
    return link_token.keep(request, token, "help_confirm")


@public
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The page of a mailed link. GET shows what it asks for; only its button asks."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    asked = admission.asked_by(token)
    if asked is None:
        return _dead_link(request)
    if request.method != "POST":
        return render(
            request,
            "recovery/help_confirm.html",
            {"email": mask(asked.email), "number": numbers.mask(asked.number), "due_at": asked.due_at},
        )
    held = open_case_of(request)
    try:
        place = admission.admit_by_link(token, address=network.client_address(request.META))
        case, capability = intake.open_case(
            **vars(asked), instead_of=held, place=place, browser=browser_cookie.read(request)
        )
    except Stale as refusal:
        return refused(request, refusal, again="help")
    return link_token.clear(request, hold(redirect("status"), case, capability))


def _dead_link(request: HttpRequest) -> HttpResponse:
    return refused(request, Stale(_("This link does not work any more. Please ask again.")), again="help")


def _asks_for_the_same(held: Case, typed: dict[str, object], category: Category) -> bool:
    """A second click, or a form sent again from the browser's history, changes nothing."""
    callback = held.callback
    due_at = typed["due_at"]
    return (
        held.email == normal(str(typed["email"]))
        and callback.number == typed["number"]
        and callback.language == typed["language"]
        and held.category == category
        and (tuple(held.noticed), held.since, held.said) == (typed["noticed"], typed["since"], typed["said"])
        and (callback.chosen_at == due_at if due_at else callback.due_at <= clock.now())
    )


def _page(
    request: HttpRequest, form: CallForm, category: Category, held: Case | None, status: int = 200
) -> HttpResponse:
    waits = {
        language: waiting.expected(one) for language, one in outlook.for_new(category, LANGUAGES).items()
    }
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
        "since": form["since"].value() or Since.UNKNOWN,
        "later": form["when"].value() == CallForm.LATER,
    }
    return render(request, "recovery/help_call.html", context, status=status)
