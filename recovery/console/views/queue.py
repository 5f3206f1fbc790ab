"""The desk of an agent: on and off duty, the offer, the queue."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest, needs
from common import clock
from recovery.console.frame import NO_CHANGE, RefusalShown, acted, fragment, frame, waiting_decisions
from recovery.console.presenters import queue as queue_rows
from recovery.queue import offers, presence, shifts
from recovery.queue import selectors as queue_selectors


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
        case "decisions":
            count = waiting_decisions(request.user.pk) if context["supervises"] else 0
            return fragment(request, "recovery/console/decisions.html", {"decisions": count}, str(count))
        case "offer":
            return fragment(request, "recovery/console/offer.html", context, context["offer_key"])
        case "messages":
            return render(request, "recovery/console/said.html")
        case "standing":
            return fragment(request, "recovery/console/standing.html", context, context["duty_key"])
        case "line":
            return render(request, "recovery/console/line.html", {"lines": queue_rows.line_up()})
        case "queue":
            return render(request, "recovery/console/queue.html", context | _queue(request))
    closed = queue_rows.closed_cases(request.user.pk)
    return render(request, "recovery/console/desk.html", context | _queue(request) | {"closed": closed})


def _queue(request: VerifiedRequest) -> dict[str, Any]:
    """Those who speak a language of the agent first, everybody else after them."""
    now = clock.now()
    lines = [queue_rows.row(one, now) for one in queue_selectors.line()]
    spoken = set(request.user.languages)
    return {
        "mine": [line for line in lines if line["callback"].language in spoken],
        "others": [line for line in lines if line["callback"].language not in spoken],
    }


@needs("desk.work")
@require_POST
def on_duty(request: VerifiedRequest) -> HttpResponse:
    with RefusalShown(request):
        shifts.go_on_duty(agent_id=request.user.pk)
    return acted(request, "console:desk")


@needs("desk.work")
@require_POST
def off_duty(request: VerifiedRequest) -> HttpResponse:
    with RefusalShown(request):
        shifts.go_off_duty(agent_id=request.user.pk)
    return acted(request, "console:desk")


@needs("desk.work")
@require_POST
def ready(request: VerifiedRequest) -> HttpResponse:
    """The last note is written: the wrap-up ends before its timer."""
    with RefusalShown(request):
        shifts.end_wrap_up(agent_id=request.user.pk)
    return acted(request, "console:desk")


@needs("desk.work")
@require_POST
def take(request: VerifiedRequest, callback: int) -> HttpResponse:
    """Somebody from the queue, by hand."""
    with RefusalShown(request):
        case = offers.claim(agent_id=request.user.pk, callback_id=callback)
        return redirect("console:case", case.pk)
    return redirect("console:desk")


@needs("desk.work")
@require_POST
def accept(request: VerifiedRequest, callback: int) -> HttpResponse:
    with RefusalShown(request):
        case = offers.accept(agent_id=request.user.pk, callback_id=callback)
        return redirect("console:case", case.pk)
    return redirect("console:desk")


@needs("desk.work")
@require_POST
def pass_on(request: VerifiedRequest, callback: int) -> HttpResponse:
    with RefusalShown(request):
        offers.decline_offer(agent_id=request.user.pk, callback_id=callback)
        messages.info(request, _("The call goes to the next agent. You stay on duty."))
    return acted(request, "console:desk")
