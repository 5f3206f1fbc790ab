"""The case on one screen: the call, the account's life, evidence, plan, notes, and how it ends."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

import audit.recording
from accounts.access import VerifiedRequest, fresh_factor_required, needs
from common import codes, once
from common.errors import Refusal, Stale
from recovery import current_work
from recovery.approvals import services as approvals
from recovery.calls import selectors as call_selectors
from recovery.calls import services as calls
from recovery.cases import changes, readings
from recovery.cases import selectors as case_selectors
from recovery.console import sentences
from recovery.console.access import nothing_here, own_case, session_of
from recovery.console.forms import (
    ANSWERED,
    EvidenceForm,
    LookForm,
    NoteForm,
    OutcomeForm,
    ReadOutForm,
    ReasonForm,
    RefusalForm,
)
from recovery.console.frame import RefusalShown, acted, fragment, frame
from recovery.console.presenters import case as case_page
from recovery.console.presenters.doubt import why
from recovery.console.presenters.queue import closed_cases, line_up
from recovery.disputes import services as disputes
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Case
from recovery.models.evidence import Method
from recovery.restoration import selectors as restoration_selectors
from recovery.restoration import services as restoration
from recovery.states import AttemptState, CaseState
from recovery.takeover import selectors as takeover_selectors


def _attempt(case: Case) -> CallAttempt:
    attempt = current_work.live_attempt(case)
    if attempt is None:
        raise Stale(_("No call is under way."))
    return attempt


@needs("desk.work")
@once.reading()
def case(request: VerifiedRequest, case: int) -> HttpResponse:
    """The screen of a case. ``?part=``: one fragment, for live pages.

    One door for all of it: who may not see the case finds no part of it, and whoever sees any part has read
    it, once a session in the trail.
    """
    part = request.GET.get("part", "")
    person, supervises = request.user.pk, request.user.has_perm("desk.supervise")
    row = case_page.may_see(case, person=person, supervises=supervises)
    if row is None:
        return _not_theirs(request, case, part)
    if part == "call" and (following := call_selectors.call_goes_on_for(row, person)):
        return _elsewhere(request, "console:case", following.pk)
    if row.is_snapshot and not (supervises and readings.may_look(case=row, session=session_of(request))):
        return _elsewhere(request, "console:case", case) if part else _closed(request, row)
    if not row.is_snapshot:
        why = case_page.why_read(row, person)
        readings.note(case=row, by=person, session=session_of(request), why=why)
    match part:
        case "call":
            context = _call(request, row)
            return fragment(request, "recovery/console/call.html", context, context["call_key"])
        case "side":
            context = _side(request, row)
            return fragment(request, "recovery/console/side.html", context, context["side_key"])
        case "story":
            context = _story(request, row)
            return fragment(request, "recovery/console/story.html", context, context["story_key"])
        case "notes":
            return render(request, "recovery/console/note_list.html", {"notes": case_selectors.notes_of(row)})
    return _page(request, row, NoteForm())


def _not_theirs(request: VerifiedRequest, case_id: int, part: str) -> HttpResponse:
    """Whoever had the case in hand is told that it has gone; that is all, and nobody else is told even that.

    Their page may still be open: its parts lead to the page that says so.
    """
    if not case_selectors.has_worked(case_id, request.user.pk):
        nothing_here(request)
    if part:
        address = reverse("console:case", args=[case_id])
        return HttpResponse(status=404, headers={"HX-Redirect": address})
    audit.recording.record("access.denied", outcome="denied", details={"path": request.path[:200]})
    return render(request, "recovery/console/gone.html", frame(request), status=404)


def _closed(request: VerifiedRequest, case: Case) -> HttpResponse:
    """A closed case is for supervisors, who say why they look; to its agent the page says so."""
    return render(
        request,
        "recovery/console/closed.html",
        frame(request) | {"case": case, "look_form": LookForm(), "closed": closed_cases(request.user.pk)},
        status=200 if request.user.has_perm("desk.supervise") else 403,
    )


@needs("desk.supervise")
@require_POST
def look(request: VerifiedRequest, case: int) -> HttpResponse:
    """Why a supervisor looks at a closed case: the trail keeps it, and it is open to them for a while."""
    row = case_selectors.any_case(case)
    if row is None:
        nothing_here(request)
    if not row.is_snapshot:
        return redirect("console:case", case)
    form = LookForm(request.POST)
    if not form.is_valid():
        context = frame(request) | {"case": row, "look_form": form, "closed": closed_cases(request.user.pk)}
        return render(request, "recovery/console/closed.html", context, status=422)
    readings.look(
        case=row, by=request.user.pk, session=session_of(request), reason=form.cleaned_data["reason"]
    )
    return redirect("console:case", case)


def _page(request: VerifiedRequest, case: Case, form: NoteForm, status: int = 200) -> HttpResponse:
    person = request.user.pk
    context = frame(request) | _story(request, case) | _call(request, case) | _side(request, case)
    return render(
        request,
        "recovery/console/case.html",
        context
        | {
            "lines": line_up(),
            "closed": closed_cases(person),
            "notes": case_selectors.notes_of(case),
            "note_form": form,
            "may_write": case.agent_id == person and not case.is_snapshot,
            "refusal_form": RefusalForm(prefix="refuse"),
            "hand_back_form": ReasonForm(prefix="hand-back"),
            "approval_form": ReasonForm(prefix="approval"),
        },
        status=status,
    )


def _story(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    """Whose account it is and what happened to it; before the code was read out only that something did."""
    concealed = case_page.is_concealed(case, request.user.pk)
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
    picture, rows = (None, []) if concealed else case_page.history(case)
    found = takeover_selectors.findings_of(case)
    return context | {
        "asks": case_page.who_asks(case),
        "account": None if concealed else case_page.account(case),
        "changed": takeover_selectors.changed(case) if concealed else None,
        "picture": picture,
        "rows": rows,
        "found": found,
        "why": None if concealed else why(found),
        "claim": case_page.claim(case, request.user.pk),
        "dispute": None if concealed else restoration_selectors.open_dispute_about(case.account_id),
    }


def _call(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    call = case_page.call(case, request.user.pk, agent_name=str(request.user), site=settings.SITE_NAME)
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
        "outcomes": OutcomeForm.base_fields["outcome"].choices[1:],  # type: ignore[attr-defined]
        "in_hand": case_page.in_hand(case, request.user.pk),
    }


def _side(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    concealed = case_page.is_concealed(case, request.user.pk)
    side = case_page.side(case, request.user.pk, concealed=concealed)
    ways = "-".join(f"{one.target or ''}{one.state}{one.failures}{one.usable:d}" for one in side.ways)
    key = (
        f"{case.state}-{case.agent_id}-{ways}-{side.passed}-{bool(side.ask_refusal):d}-{side.approval_state}"
        f"-{bool(side.restore_refusal):d}-{concealed:d}-{side.disputed:d}-{side.contestable:d}-{side.gives_up:d}"
    )
    return {
        "case": case,
        "side": side,
        "side_key": key,
        "concealed": concealed,
        "state_words": sentences.CASE[CaseState(case.state)],
        "in_hand": side.in_hand,
    }


# The call


@needs("desk.work")
@require_POST
def place_call(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    with RefusalShown(request):
        calls.place(case=row, agent_id=request.user.pk)
    return _after(request, case)


@needs("desk.work")
@require_POST
def outcome(request: VerifiedRequest, case: int) -> HttpResponse:
    """How the ringing ended, as the agent heard it."""
    row = own_case(request, case)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose how the call went."))
        return _after(request, case)
    if form.cleaned_data["outcome"] == ANSWERED:
        with RefusalShown(request):
            calls.answered(attempt=_attempt(row), agent_id=request.user.pk)
        return _after(request, case)
    try:
        again = calls.unanswered(
            attempt=_attempt(row),
            agent_id=request.user.pk,
            outcome=AttemptState(form.cleaned_data["outcome"]),
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return _after(request, case)
    if again:
        row.callback.refresh_from_db()
        when = date_format(localtime(row.callback.due_at), "H:i")
        messages.info(request, _("Noted. The call is in line again for %(time)s.") % {"time": when})
    else:
        messages.info(request, _("Noted. This was the last try: we have written to the owner instead."))
    return _elsewhere(request, "console:desk")


@needs("desk.work")
@require_POST
def read_out(request: VerifiedRequest, case: int) -> HttpResponse:
    """What the caller reads out, typed by the agent, who is not shown the code."""
    row = own_case(request, case)
    form = ReadOutForm(request.POST)
    if not form.is_valid():
        messages.warning(request, str(form.errors["code"][0]))
        return _after(request, case)
    try:
        right = calls.confirm_read_out(
            attempt=_attempt(row), agent_id=request.user.pk, typed=form.cleaned_data["code"]
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return _after(request, case)
    if not right:
        messages.error(request, _("That is not the code. Ask the caller to read it again, digit by digit."))
    row.refresh_from_db()
    if following := call_selectors.call_goes_on_for(row, request.user.pk):
        messages.info(request, _("The caller looks at another request for this number: this is its case."))
        return _elsewhere(request, "console:case", following.pk)
    return _after(request, case)


@needs("desk.work")
@require_POST
def hang_up(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    with RefusalShown(request):
        calls.hang_up(attempt=_attempt(row), agent_id=request.user.pk)
    return _after(request, case)


# Evidence, notes, the second person


@needs("desk.work")
@require_POST
def ask(request: VerifiedRequest, case: int) -> HttpResponse:
    """Ask the caller for one piece of evidence. They answer on their own page."""
    row = own_case(request, case)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose what to ask for."))
        return _after(request, case)
    with RefusalShown(request):
        evidence.ask(
            case=row,
            agent_id=request.user.pk,
            method=Method(form.cleaned_data["method"]),
            target=form.cleaned_data["target"],
        )
    return _after(request, case)


@needs("desk.work")
@require_POST
def add_note(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    if row.is_snapshot:
        messages.warning(request, _("Your wrap-up is over. Nothing can be added to this case."))
        return _elsewhere(request, "console:case", case)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            changes.add_note(case=row, by=request.user.pk, text=form.cleaned_data["text"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    live = bool(request.headers.get("HX-Request"))
    if form.is_valid() and not live:
        return redirect(f"{reverse('console:case', args=[case])}#notes")
    status = 200 if form.is_valid() else 422
    if not live:
        return _page(request, row, form, status)
    return render(
        request,
        "recovery/console/notes.html",
        {
            "case": row,
            "notes": case_selectors.notes_of(row),
            "note_form": NoteForm() if form.is_valid() else form,
            "may_write": True,
        },
        status=status,
    )


@needs("desk.work")
@require_POST
def request_approval(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = ReasonForm(request.POST, prefix="approval")
    if not form.is_valid():
        messages.warning(request, _("Say why, so that the second person can decide."))
        return redirect("console:case", case)
    with RefusalShown(request):
        approvals.request(case=row, agent_id=request.user.pk, reason=form.cleaned_data["reason"])
        messages.info(request, _("A second person has been asked. You see here what they decide."))
    return redirect("console:case", case)


# How a case ends


@needs("desk.work")
@fresh_factor_required
@require_http_methods(["GET", "POST"])
def restore_account(request: VerifiedRequest, case: int) -> HttpResponse:
    """The plan once more, on a page of its own; only its button restores."""
    row = own_case(request, case)
    if request.method == "POST":
        with RefusalShown(request):
            restoration.restore(case=row, agent_id=request.user.pk)
            messages.success(
                request,
                _("The account is restored. The owner has a mail with a link to choose a new password."),
            )
        return redirect("console:case", case)
    with once.reading():
        if refusal_words := case_page.restore_refusal(row, request.user.pk):
            messages.warning(request, refusal_words)
            return redirect("console:case", case)
        context = _planned(request, row) | {
            "owners": takeover_selectors.offerable(row).addresses,
            "put_back": takeover_selectors.is_put_back(row),
        }
    return render(request, "recovery/console/restore.html", context)


def _planned(request: VerifiedRequest, case: Case) -> dict[str, Any]:
    """What is undone and done, for the page before it."""
    return (
        frame(request)
        | _side(request, case)
        | {"account": case_page.account(case), "why": why(takeover_selectors.findings_of(case))}
    )


@needs("desk.work")
@fresh_factor_required
@require_http_methods(["GET", "POST"])
def announce(request: VerifiedRequest, case: int) -> HttpResponse:
    """In a dispute: what is announced to every address, on a page of its own; only its button announces."""
    row = own_case(request, case)
    if request.method == "POST":
        with RefusalShown(request):
            disputes.announce(case=row, agent_id=request.user.pk)
            messages.success(
                request, _("Announced. Every address of the account is told. You are done with this case.")
            )
        return redirect("console:case", case)
    with once.reading():
        if refusal_words := case_page.announce_refusal(row, request.user.pk):
            messages.warning(request, refusal_words)
            return redirect("console:case", case)
        context = _planned(request, row)
    return render(request, "recovery/console/announce.html", context)


@needs("desk.work")
@require_POST
def contest(request: VerifiedRequest, case: int) -> HttpResponse:
    """For a caller who has shown enough: what was announced about their account is contested."""
    row = own_case(request, case)
    with RefusalShown(request):
        disputes.contest_in_call(case=row, agent_id=request.user.pk)
        messages.success(request, _("Contested. Two supervisors decide, and nothing changes until then."))
    return redirect("console:case", case)


@needs("desk.work")
@require_POST
def refuse(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = RefusalForm(request.POST, prefix="refuse")
    if not form.is_valid():
        messages.warning(request, _("Choose why the case is refused."))
        return redirect("console:case", case)
    with RefusalShown(request):
        changes.refuse(case=row, by=request.user.pk, reason=form.cleaned_data["reason"])
        messages.info(request, _("The case is refused. The account was left as it is."))
    return redirect("console:case", case)


@needs("desk.work")
@require_POST
def hand_back(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = ReasonForm(request.POST, prefix="hand-back")
    if not form.is_valid():
        messages.warning(request, _("Say why you hand the case back."))
        return redirect("console:case", case)
    with RefusalShown(request):
        changes.hand_back(case=row, by=request.user.pk, reason=form.cleaned_data["reason"])
        messages.info(request, _("The case is in line again, at its old place."))
        return redirect("console:desk")
    return redirect("console:case", case)


def _after(request: HttpRequest, case: int) -> HttpResponse:
    return acted(request, "console:case", case)


def _elsewhere(request: HttpRequest, name: str, *args: object) -> HttpResponse:
    """Leave the page, also where the click came from a live part of it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(name, args=args)})
    return redirect(name, *args)
