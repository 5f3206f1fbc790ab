"""Asking for a call, without signing in: a question a page, then all answers once more, then the call."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from common import browser_cookie, clock, network
from common.email_addresses import normal
from common.errors import Stale
from recovery.cases import admission, intake
from recovery.claimant import draft as drafts
from recovery.claimant import steps, wait_text
from recovery.claimant.access import country_of, open_case_of, regions_of, remember
from recovery.claimant.draft import Draft
from recovery.claimant.forms.request import CallForm
from recovery.claimant.presenters import answers
from recovery.claimant.steps import STEPS, Step
from recovery.models import Case
from recovery.models.case import Category
from recovery.queue import wait as queue_wait
from recovery.states import CaseState

LANGUAGES = ("en", "ja")


@public
@require_safe
def categories(request: HttpRequest) -> HttpResponse:
    """What happened?"""
    # The doors lead to requests of different urgency: what is said before them holds for all.
    expected = queue_wait.for_new(Category.CANT_SIGN_IN, LANGUAGES).get(get_language() or "en")
    wait = wait_text.in_words(expected.wait) if expected and expected.wait else ""
    context = {"held": open_case_of(request), "wait": wait, "position": 1, "count": steps.COUNT}
    return render(request, "recovery/help/doors.html", context)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, category: str, step: str = "") -> HttpResponse:
    """One question. GET leads to the first that has no answer yet; POST keeps the answer and leads on.

    Nothing is looked up, and nothing is kept here: what was answered stays in the browser.
    """
    door, at = _category(category), _step(step)
    draft, regions = drafts.read(request), regions_of(request)
    if request.method == "POST":
        form = at.bound(request.POST, regions)
        if not form.is_valid():
            return _ask(request, at, form, door, status=422)
        draft = at.answered(draft, door, request.POST)
        return drafts.write(redirect(_next(draft, door, regions)), draft)
    first = steps.first_unanswered(draft, door, regions)
    if first and STEPS.index(first) < STEPS.index(at):
        return redirect(first.address(door))
    return _ask(request, at, at.shown(draft, door, regions), door)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, category: str) -> HttpResponse:
    """All answers, to be changed or sent. POST asks for the call.

    What is sent is what the page showed, and not what the cookie holds by then: another tab may have changed
    it. The answer is the same, and takes as long, whether or not the e-mail names an account: nothing is
    looked up before it is sent.
    """
    door, regions = _category(category), regions_of(request)
    if request.method != "POST":
        draft = drafts.read(request)
        first = steps.first_unanswered(draft, door, regions)
        answered = CallForm(draft.data(), regions=regions)
        if first or not answered.is_valid():  # the second only where a time ends between the two looks
            return redirect((first or STEPS[-1]).address(door))
        return _show(request, answered, door)
    draft = Draft()
    for one in STEPS:
        draft = one.answered(draft, door, request.POST)
    wrong = steps.first_unanswered(draft, door, regions)
    if wrong:
        return drafts.write(_ask(request, wrong, wrong.bound(request.POST, regions), door, status=422), draft)
    form = CallForm(request.POST, regions=regions)
    if "change" in request.POST or not form.is_valid():
        return drafts.write(redirect("help_check", category), draft)
    return _open(request, form, door)


def _category(slug: str) -> Category:
    try:
        return Category(slug.replace("-", "_"))
    except ValueError:
        raise Http404 from None


def _step(name: str) -> Step:
    if not name:
        return STEPS[0]
    if name not in steps.BY_NAME:
        raise Http404
    return steps.BY_NAME[name]


def _next(draft: Draft, door: Category, regions: list[str]) -> str:
    first = steps.first_unanswered(draft, door, regions)
    return first.address(door) if first else reverse("help_check", args=[steps.slug(door)])


def _ask(request: HttpRequest, at: Step, form: Form, door: Category, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "category": door,
        "action": at.address(door),
        "back": at.back(door),
        "position": at.position,
        "count": steps.COUNT,
        "held": open_case_of(request) if at is STEPS[0] else None,
    }
    if "when" in at.names:
        context |= answers.choice_of_time(form, _waits(door))
    return render(request, at.template, context, status=status)


def _show(request: HttpRequest, form: CallForm, door: Category) -> HttpResponse:
    waits = _waits(door)
    context = {
        "rows": answers.rows(form, door, waits, country_of(request)),
        "attended": bool(waits[form.cleaned_data["language"]]),
        "typed": _typed(form),
        "later": form.cleaned_data["due_at"] is not None,
        "back": STEPS[-1].address(door),
        "held": open_case_of(request),
    }
    return render(request, "recovery/help/check.html", context)


def _waits(door: Category) -> dict[str, str]:
    """The wait in words, by language."""
    return {
        language: wait_text.expected(one) for language, one in queue_wait.for_new(door, LANGUAGES).items()
    }


def _typed(form: CallForm) -> list[tuple[str, object]]:
    """What was typed, to be sent again as it was."""
    names = {name for one in STEPS for name in one.names}
    typed: QueryDict = form.data  # type: ignore[assignment]
    return [(name, value) for name in sorted(names) for value in typed.getlist(name)]


def _open(request: HttpRequest, form: CallForm, door: Category) -> HttpResponse:
    typed, held = form.cleaned_data, open_case_of(request)
    if held and held.state == CaseState.WORKING:
        messages.warning(request, _("An agent is already working on your request. This is its page."))
        return redirect("status")
    if held and _asks_for_the_same(held, typed, door):
        return redirect("status")
    asked = _asked(typed, door)
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
            return render(
                request,
                "recovery/help/mailed.html",
                {"back": reverse("help_check", args=[steps.slug(door)]), "email": asked.email},
            )
        return _first_wait(request, form, place)
    try:
        case, capability = intake.open_case(**vars(asked), instead_of=held, place=place, browser=browser)
    except Stale:
        return redirect("status")
    return drafts.clear(remember(redirect("status"), case, capability))


def _asked(typed: dict[str, object], door: Category) -> admission.Asked:
    names = ("number", "language", "zone", "due_at", "noticed", "since", "said")
    given = {name: typed[name] for name in names}
    return admission.Asked(email=normal(str(typed["email"])), category=door.value, **given)  # type: ignore[arg-type]


def _first_wait(request: HttpRequest, form: CallForm, crowded: admission.Crowded) -> HttpResponse:
    """A step between: the same form once more, filled in, to be sent when a short wait is over.

    It works without scripts; pressed too early, it says how long is left and keeps what was typed.
    """
    context = {"typed": _typed(form), "crowded": crowded, "early": "ticket" in request.POST}
    return render(request, "recovery/help/wait.html", context)


def _asks_for_the_same(held: Case, typed: dict[str, object], door: Category) -> bool:
    """A second click, or a form sent again from the browser's history, changes nothing."""
    callback = held.callback
    due_at = typed["due_at"]
    return (
        held.email == normal(str(typed["email"]))
        and callback.number == typed["number"]
        and callback.language == typed["language"]
        and held.category == door
        and (tuple(held.noticed), held.since, held.said) == (typed["noticed"], typed["since"], typed["said"])
        and (callback.chosen_at == due_at if due_at else callback.due_at <= clock.now())
    )
