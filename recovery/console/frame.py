"""What every page of the console has in common: what stands around it, and what a click is answered with."""

from datetime import datetime
from types import TracebackType
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import VerifiedRequest, nothing_changed
from common import clock
from common.errors import Refusal
from recovery import current_work
from recovery.approvals import selectors as approval_selectors
from recovery.console import sentences
from recovery.console.presenters import queue
from recovery.disputes import selectors as dispute_selectors
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
        "decisions": lambda: waiting_decisions(person),
        "counts": queue_selectors.counts(),
    }


def waiting_decisions(person: int) -> int:
    """How many approvals and contested disputes this supervisor may decide now."""
    return approval_selectors.number_decidable_by(person) + dispute_selectors.number_decidable_by(person)


def _presence(person: int, duty: Duty | None, state: DutyState, now: datetime) -> dict[str, Any]:
    wrap_up = duty.wrap_up_until if duty else None
    case = _in_hand(person) if state == DutyState.BUSY else None
    approval = approval_selectors.latest_of(case) if case else None
    said = approval.state if approval else ""
    return {
        "duty_key": f"{state}-{duty.since.timestamp() if duty else 0:.0f}{said}",
        "duty": duty,
        "duty_state": state.value,
        "duty_words": sentences.DUTY[state],
        "duty_tone": sentences.DUTY_TONE[state],
        "duty_seconds": int((now - duty.since).total_seconds()) if duty else 0,
        "wrap_up_left": max(0, int((wrap_up - now).total_seconds())) if wrap_up else 0,
        "case_in_work": case,
        "second_person_said": said,
        "off_why": lambda: queue_selectors.off_duty_reason(person),
    }


def _offer(person: int, state: DutyState, now: datetime) -> dict[str, Any]:
    offer = queue_selectors.offer_to(person) if state == DutyState.OFFERED else None
    until = offer.offer_expires_at if offer and offer.offer_expires_at else now
    return {
        # The same call may be offered to the same agent once more.
        "offer_key": f"{offer.pk}-{until.timestamp():.0f}" if offer else "0",
        "offer": offer,
        "offer_line": queue.row(offer, now) if offer else None,
        "offer_left": max(0, round((until - now).total_seconds())),
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


class _RefusalCaught:
    """A refusal ends the block: what it says after the service has refused is not said."""

    def tell(self, words: str) -> None:
        raise NotImplementedError

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Refusal):
            return False
        self.tell(str(error))
        return True


class RefusalShown(_RefusalCaught):
    """``with RefusalShown(request):`` a refusal becomes a message on the next page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def tell(self, words: str) -> None:
        messages.warning(self.request, words)
        nothing_changed(self.request)


class RefusalInForm(_RefusalCaught):
    """``with RefusalInForm(form):`` a refusal becomes an error of the form, so that what was typed stays."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def tell(self, words: str) -> None:
        self.form.add_error(None, words)
