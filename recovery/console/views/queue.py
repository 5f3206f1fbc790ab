"""The desk of an agent: on and off duty, the offer, the queue."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest, needs
from common import clock
from common.email_addresses import mask
from common.errors import Refusal
from recovery import current_work
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.console.presenters import case as case_page
from recovery.models import Callback, Case
from recovery.queue import offers, presence, shifts
from recovery.queue import selectors as queue_selectors
from recovery.states import CallbackState, CaseState, DutyState

NO_CHANGE = 204
"""What a page that asks for a fragment gets when nothing in it has changed: it then touches nothing."""


def frame(request: VerifiedRequest) -> dict[str, Any]:
    """What stands around every page of the console: presence, the offer, counts.

    Whoever sees it has the page open, and so is at the desk.
    """
    person = request.user.pk
    presence.here(agent_id=person)
    duty = queue_selectors.duty_of(person)
    state = DutyState(duty.state) if duty else DutyState.OFF
    offer = queue_selectors.offer_to(person) if state == DutyState.OFFERED else None
    now = clock.now()
    left = 0
    if offer and offer.offer_expires_at:
        left = max(0, round((offer.offer_expires_at - now).total_seconds()))
    wrap_up = duty.wrap_up_until if duty else None
    return {
        "duty_key": f"{state}-{duty.since.timestamp() if duty else 0:.0f}",
        "offer_key": str(offer.pk if offer else 0),
        "duty": duty,
        "duty_state": state.value,
        "duty_words": sentences.DUTY[state],
        "duty_tone": sentences.DUTY_TONE[state],
        "duty_seconds": int((now - duty.since).total_seconds()) if duty else 0,
        "wrap_up_left": max(0, int((wrap_up - now).total_seconds())) if wrap_up else 0,
        "case_in_work": _in_hand(person) if state == DutyState.BUSY else None,
        "off_why": lambda: queue_selectors.off_duty_reason(person),
        "supervises": request.user.has_perm("desk.supervise"),
        "offer": offer,
        "offer_line": _line(offer, now) if offer else None,
        "offer_left": left,
        "offer_seconds": settings.OFFER_SECONDS,
        "counts": queue_selectors.counts(),
    }


def _in_hand(person: int) -> Case | None:
    """What keeps somebody busy: their case, or one that is closed while they still talk."""
    if case := current_work.case_in_work(person):
        return case
    attempt = current_work.call_on_the_line(person)
    return attempt.callback.case if attempt else None


def fragment(request: HttpRequest, template: str, context: dict[str, Any], key: str) -> HttpResponse:
    """A part of a page, or nothing when ``key`` is what the page says it shows already."""
    if request.GET.get("seen") == key:
        return HttpResponse(status=NO_CHANGE)
    return render(request, template, context)


def acted(request: HttpRequest, then: str, *args: object) -> HttpResponse:
    """After a click: a live page looks at its parts again, any other goes to ``then``."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=NO_CHANGE, headers={"HX-Trigger": "acted"})
    return redirect(then, *args)


def attempted(request: HttpRequest, move: Callable[[], object]) -> bool:
    """Run ``move``; a refusal becomes a message. Returns whether it was done."""
    try:
        move()
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return False
    return True


@needs("desk.work")
def desk(request: VerifiedRequest) -> HttpResponse:
    """The queue, the offer and the agent's earlier cases. ``?part=``: one fragment, for live pages."""
    if request.GET.get("part") == "here":
        # The sign of life of a page that is open, also behind other windows.
        presence.here(agent_id=request.user.pk)
        return HttpResponse(status=NO_CHANGE)
    context = frame(request)
    match request.GET.get("part"):
        case "presence":
            return fragment(request, "recovery/console/presence.html", context, context["duty_key"])
        case "counts":
            return render(request, "recovery/console/counts.html", context)
        case "offer":
            return fragment(request, "recovery/console/offer.html", context, context["offer_key"])
        case "messages":
            return render(request, "recovery/console/said.html")
        case "standing":
            return fragment(request, "recovery/console/standing.html", context, context["duty_key"])
        case "line":
            return render(request, "recovery/console/line.html", {"lines": line_up()})
        case "queue":
            return render(request, "recovery/console/queue.html", context | _queue(request))
    return render(
        request,
        "recovery/console/desk.html",
        context | _queue(request) | {"closed": closed_cases(request.user.pk)},
    )


def closed_cases(person: int) -> list[dict[str, Any]]:
    return [
        {"case": case, "email": mask(case.email), "state": sentences.CASE[CaseState(case.state)],
         "tone": sentences.CASE_TONE.get(CaseState(case.state), "off"), "opens": not case.is_snapshot}
        for case in case_selectors.closed_cases_of(person)
    ]  # fmt: skip


def _queue(request: VerifiedRequest) -> dict[str, Any]:
    """Those who speak a language of the agent first, everybody else after them."""
    now = clock.now()
    lines = [_line(one, now) for one in queue_selectors.line()]
    spoken = set(request.user.languages)
    return {
        "mine": [line for line in lines if line["callback"].language in spoken],
        "others": [line for line in lines if line["callback"].language not in spoken],
    }


def line_up(limit: int = 12) -> list[dict[str, Any]]:
    """Who is next, in short: for the margin of a case."""
    now = clock.now()
    return [_line(one, now) for one in queue_selectors.line()[:limit]]


def _line(callback: Callback, now: Any) -> dict[str, Any]:
    """One row of the queue: everything but who it is, which nobody knows yet."""
    return {
        "callback": callback,
        "case": callback.case,
        "email": mask(callback.case.email),
        "category": callback.case.get_category_display(),
        "language": case_page.language_name(callback.language),
        "running": callback.priority == 0,
        "later": callback.due_at > now,
        "offered": callback.state == CallbackState.OFFERED,
        "from_staff": len(callback.from_staff),
        "waits": max(0, int((now - callback.asked_at).total_seconds())),
    }


@needs("desk.work")
@require_POST
def on_duty(request: VerifiedRequest) -> HttpResponse:
    attempted(request, lambda: shifts.go_on_duty(agent_id=request.user.pk))
    return acted(request, "console:desk")


@needs("desk.work")
@require_POST
def off_duty(request: VerifiedRequest) -> HttpResponse:
    attempted(request, lambda: shifts.go_off_duty(agent_id=request.user.pk))
    return acted(request, "console:desk")


@needs("desk.work")
@require_POST
def ready(request: VerifiedRequest) -> HttpResponse:
    """The last note is written: the wrap-up ends before its timer."""
    attempted(request, lambda: shifts.end_wrap_up(agent_id=request.user.pk))
    return acted(request, "console:desk")


@needs("desk.work")
@require_POST
def take(request: VerifiedRequest, callback: int) -> HttpResponse:
    """Somebody from the queue, by hand."""
    return _open(request, lambda: offers.claim(agent_id=request.user.pk, callback_id=callback))


@needs("desk.work")
@require_POST
def accept(request: VerifiedRequest, callback: int) -> HttpResponse:
    return _open(request, lambda: offers.accept(agent_id=request.user.pk, callback_id=callback))


def _open(request: VerifiedRequest, claim: Callable[[], Any]) -> HttpResponse:
    try:
        case = claim()
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("console:desk")
    return redirect("console:case", case.pk)


@needs("desk.work")
@require_POST
def pass_on(request: VerifiedRequest, callback: int) -> HttpResponse:
    if attempted(request, lambda: offers.decline_offer(agent_id=request.user.pk, callback_id=callback)):
        messages.info(request, _("The call goes on to the next agent. You stay on duty."))
    return acted(request, "console:desk")
