"""The screen of a case, whole or in parts: each part with the key that tells whether it has changed."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.access import VerifiedRequest
from common import codes, once
from recovery.cases import policies as case_policies
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.console.forms import OUTCOMES, NoteForm, ReasonForm, RefusalForm
from recovery.console.frame import acted, frame
from recovery.console.presenters import queue, summary
from recovery.console.presenters.actions import actions_of
from recovery.console.presenters.call import call_bar
from recovery.console.presenters.claim import claim_of, forms_of
from recovery.console.presenters.doubt import why
from recovery.console.presenters.history import history_of
from recovery.console.presenters.steps import next_step
from recovery.models import Case
from recovery.queue import selectors as queue_selectors
from recovery.restoration import selectors as restoration_selectors
from recovery.states import CaseState, DutyState
from recovery.takeover import selectors as takeover_selectors


@once.reading()
def case_page(request: VerifiedRequest, case: Case, *, status: int = 200, **forms: Form) -> HttpResponse:
    """The whole screen. ``forms``: what was sent and is wrong, to be mended."""
    context = {
        **frame(request),
        **story_part(request, case),
        **call_part(request, case),
        **side_part(request, case),
        **notes_part(request, case),
        "lines": queue.line_up(),
        "closed": queue.closed_cases(request.user.pk),
        "refusal_form": RefusalForm(prefix="refuse"),
        "hand_back_form": ReasonForm(prefix="hand-back"),
        "approval_form": ReasonForm(prefix="approval"),
        **forms,
    }
    return render(request, "recovery/console/case.html", context, status=status)


def story_part(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    """Whose account it is and what happened to it; before the code was read out only that something did."""
    concealed = summary.is_concealed(case, request.user.pk)
    said = f"{case.disowned}{case.also_undone}{case.lost}{case.strange_sessions}"
    key = f"{case.state}-{concealed:d}-{case.is_snapshot:d}-{codes.fingerprint(said)[:8]}"
    context: dict[str, Any] = {
        "case": case,
        "story_key": key,
        "part": request.GET.get("part", ""),
        "concealed": concealed,
        "supervises": request.user.has_perm("desk.supervise"),
    }
    if context["part"] and request.GET.get("seen") == key:
        return context  # the answer is that nothing changed: nobody has to draw the picture for it
    picture, rows = (None, []) if concealed else history_of(case)
    found, claim = takeover_selectors.findings_of(case), claim_of(case, request.user.pk)
    return context | {
        "asks": summary.who_asks(case),
        "account": None if concealed else summary.account(case),
        "changed": takeover_selectors.changed(case) if concealed else None,
        "picture": picture,
        "rows": rows,
        "found": found,
        "why": None if concealed else why(found),
        "claim": claim,
        **forms_of(case, claim),
        "dispute": None if concealed else restoration_selectors.open_dispute_about(case.account_id),
    }


def call_part(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    call = call_bar(case, request.user.pk)
    attempt = call.attempt
    key = (
        f"{case.state}-{case.agent_id}-{call.phase}-{attempt.pk if attempt else 0}"
        f"-{call.confirmed:d}-{call.tries_left}-{call.others}-{call.over:d}"
    )
    return {
        "case": case,
        "call": call,
        "call_key": key,
        "state_words": sentences.CASE[CaseState(case.state)],
        "outcomes": OUTCOMES[1:],
        "in_hand": case_policies.works_on(case, request.user.pk),
    }


def side_part(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    concealed = summary.is_concealed(case, request.user.pk)
    actions = actions_of(case, request.user.pk, concealed=concealed)
    step = next_step(case, request.user.pk, actions)
    now = step.now if step else 0
    return {
        "case": case,
        "actions": actions,
        "step": step,
        "side_key": f"{case.state}-{case.agent_id}-{concealed:d}-{now:d}-{actions.key}",
        "part": request.GET.get("part", ""),
        "concealed": concealed,
        "state_words": sentences.CASE[CaseState(case.state)],
        "in_hand": actions.in_hand,
    }


def notes_part(
    request: VerifiedRequest, case: Case, form: NoteForm | None = None, *, written: bool = False
) -> dict[str, Any]:
    """``written``: a note has just been added, so that the wrap-up may be what comes next."""
    duty = queue_selectors.duty_of(request.user.pk)
    return {
        "case": case,
        "notes": case_selectors.notes_of(case),
        "note_form": form or NoteForm(),
        "can_write": case_policies.can_write(case, request.user.pk),
        "in_wrap_up": duty is not None and duty.state == DutyState.WRAP_UP,
        "written": written,
    }


def wrong(request: VerifiedRequest, case: Case, words: str, **forms: Form) -> HttpResponse:
    """What was sent can't be used. The page shows ``forms`` with what is wrong in them.

    A live page stays as it is and hears why, and so does one whose buttons left nothing to mend, or that has
    the forms no more: there a service's refusal says it, or ``words``.
    """
    has_forms = forms and case_policies.works_on(case, request.user.pk)
    if has_forms and not request.headers.get("HX-Request"):
        return case_page(request, case, status=422, **forms)
    refusals = [str(text) for form in forms.values() for text in form.non_field_errors()]
    messages.warning(request, refusals[0] if refusals else words)
    return acted(request, "console:case", case.pk)


def elsewhere(request: HttpRequest, name: str, *args: object) -> HttpResponse:
    """Leave the page, also where the click came from a live part of it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(name, args=args)})
    return redirect(name, *args)
