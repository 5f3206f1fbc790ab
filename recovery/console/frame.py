"""What every page of the console has in common: what stands around it, and what a click is answered with."""

from datetime import datetime
from types import TracebackType
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import VerifiedRequest
from common import clock
from common.errors import Refusal
from recovery import current_work
from recovery.console import sentences
from recovery.console.presenters import queue as queue_rows
from recovery.models import Case, Duty
from recovery.queue import presence
from recovery.queue import selectors as queue_selectors
from recovery.states import DutyState

NO_CHANGE = 204
"""What a page that asks for a fragment gets when nothing in it has changed: it then touches nothing."""


def frame(request: VerifiedRequest) -> dict[str, Any]:
    """What stands around every page of the console: presence, the offer, counts.

    Whoever sees it has the page open, and so is at the desk.
    """
    person = request.user.pk
    presence.here(agent_id=person)
    now = clock.now()
    duty = queue_selectors.duty_of(person)
    state = DutyState(duty.state) if duty else DutyState.OFF
    return {
        **_presence(person, duty, state, now),
        **_offer(person, state, now),
        "supervises": request.user.has_perm("desk.supervise"),
        "counts": queue_selectors.counts(),
    }


def _presence(person: int, duty: Duty | None, state: DutyState, now: datetime) -> dict[str, Any]:
    wrap_up = duty.wrap_up_until if duty else None
    return {
        "duty_key": f"{state}-{duty.since.timestamp() if duty else 0:.0f}",
        "duty": duty,
        "duty_state": state.value,
        "duty_words": sentences.DUTY[state],
        "duty_tone": sentences.DUTY_TONE[state],
        "duty_seconds": int((now - duty.since).total_seconds()) if duty else 0,
        "wrap_up_left": max(0, int((wrap_up - now).total_seconds())) if wrap_up else 0,
        "case_in_work": _in_hand(person) if state == DutyState.BUSY else None,
        "off_why": lambda: queue_selectors.off_duty_reason(person),
    }


def _offer(person: int, state: DutyState, now: datetime) -> dict[str, Any]:
    offer = queue_selectors.offer_to(person) if state == DutyState.OFFERED else None
    left = 0
    if offer and offer.offer_expires_at:
        left = max(0, round((offer.offer_expires_at - now).total_seconds()))
    return {
        "offer_key": str(offer.pk if offer else 0),
        "offer": offer,
        "offer_line": queue_rows.row(offer, now) if offer else None,
        "offer_left": left,
        "offer_seconds": settings.OFFER_SECONDS,
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


class RefusalShown:
    """``with RefusalShown(request):`` a refusal ends the block and becomes a message on the next page.

    What the block says after the service has refused is not said.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Refusal):
            return False
        messages.warning(self.request, str(error))
        return True
