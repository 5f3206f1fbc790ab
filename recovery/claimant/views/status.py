"""The page of a request, for the browser that opened it: its cookie is the only key, and no address is."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from common import clock
from common.errors import Denied, Stale, Throttled
from recovery.cases import changes
from recovery.claimant.access import case_of, country_of, open_case_of, regions_of
from recovery.claimant.forms.number import NumberForm
from recovery.claimant.forms.status import AnswerForm, TimeForm
from recovery.claimant.presenters import status as presenter
from recovery.claimant.presenters.act import Question
from recovery.claimant.presenters.status import StatusPage
from recovery.evidence import services as evidence
from recovery.evidence.methods import registry as methods
from recovery.models import Case
from recovery.restoration import services as restoration
from telephony import numbers

REGIONS = ("head", "act", "call", "changes")


@public
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole page, or for a live page only the parts that it does not show yet."""
    case = case_of(request)
    if case is None:
        return _no_request(request)
    if "HX-Request" not in request.headers:
        return _render(request, case)
    sheet = _sheet(request, case)
    new = [name for name in REGIONS if request.GET.get(name) != getattr(sheet, name).key]
    if not new:
        return HttpResponse(status=204)
    context = _context(request, case, sheet) | {"new": new}
    return render(request, "recovery/status/parts.html", context)


@public
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, evidence_id: int) -> HttpResponse:
    """What the agent asked for, typed by the claimant. A wrong answer is counted, a slip is not."""
    case = open_case_of(request)
    question = _question(case, evidence_id)
    if request.method != "POST" or case is None or question is None:
        if request.method == "POST" and case:
            messages.warning(request, _("This is no longer needed. Tell the agent, who can ask again."))
        return redirect("status")
    form = AnswerForm(request.POST, method=question.method, auto_id=f"id_%s_{evidence_id}")
    if form.is_valid():
        try:
            typed = methods.by_name(question.method).taken(request, form.cleaned_data["answer"])
            right = evidence.answer(case=case, evidence_id=evidence_id, typed=typed)
        except Stale as refusal:
            messages.warning(request, str(refusal))
            return redirect("status")
        except Denied as refusal:
            form.add_error("answer", str(refusal))
            return _render(request, case, answered=form, question=evidence_id, status=422)
        except Throttled as refusal:
            # Somebody tried it too often elsewhere, for example at the sign-in.
            form.add_error("answer", str(refusal))
            response = _render(request, case, answered=form, question=evidence_id, status=429)
            response.headers["Retry-After"] = str(refusal.retry_after)
            return response
        if right:
            return redirect("status")
        again = _question(case, evidence_id)
        if again is None:
            messages.error(
                request,
                _(
                    "That was incorrect too, so you can’t use this method any more. Tell the "
                    "agent: there are other ways."
                ),
            )
            return redirect("status")
        form.add_error("answer", methods.by_name(question.method).wrong(case, typed))
    return _render(request, case, answered=form, question=evidence_id, status=422)


def _question(case: Case | None, evidence_id: int) -> Question | None:
    asked = presenter.of(case).act.questions if case else ()
    return next((one for one in asked if one.id == evidence_id), None)


@public
@require_http_methods(["GET", "POST"])
def number(request: HttpRequest) -> HttpResponse:
    """Correct the number; the place in line stays. GET: the same page without reloading itself."""
    case = open_case_of(request)
    if case is None:
        return redirect("status")
    if request.method != "POST":
        return _render(request, case, still="number")
    form = NumberForm(request.POST, regions=regions_of(request), auto_id="number_%s")
    if form.is_valid():
        typed = form.cleaned_data["number"]
        try:
            if typed != case.callback.number:
                changes.change_number(case=case, number=typed)
            messages.success(
                request, _("We’ll call you at the new number. You’ll keep your place in the queue.")
            )
            return redirect("status")
        except Stale as refusal:
            messages.warning(request, str(refusal))
            return redirect("status")
        except Throttled as refusal:
            form.add_error("number", str(refusal))
            response = _render(request, case, number_form=form, status=429)
            response.headers["Retry-After"] = str(refusal.retry_after)
            return response
    return _render(request, case, number_form=form, status=422)


@public
@require_http_methods(["GET", "POST"])
def time(request: HttpRequest) -> HttpResponse:
    """Move the call, to a chosen time or to now."""
    case = open_case_of(request)
    if case is None:
        return redirect("status")
    if request.method != "POST":
        return _render(request, case, still="time")
    form = TimeForm(request.POST, auto_id="time_%s")
    now = "now" in request.POST
    if now or form.is_valid():
        try:
            changes.move_call(case=case, due_at=clock.now() if now else form.cleaned_data["due_at"])
        except (Stale, Throttled) as refusal:
            messages.warning(request, str(refusal))
        else:
            said = (
                _("We’ll call you as soon as it’s your turn.") if now else _("We’ll call you at that time.")
            )
            messages.success(request, said)
        return redirect("status")
    return _render(request, case, time_form=form, status=422)


@public
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest) -> HttpResponse:
    """GET asks whether it is meant; POST cancels, also while the phone rings."""
    case = open_case_of(request)
    if case is None:
        return redirect("status")
    if request.method != "POST":
        return render(request, "recovery/status_cancel.html", {"case": case, "page": _sheet(request, case)})
    try:
        changes.withdraw(case=case)
    except Stale as refusal:
        messages.warning(request, str(refusal))
    return redirect("status")


@public
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The recovery code in place of the one that was used as evidence: shown once, by a button."""
    case = case_of(request)
    if request.method != "POST" or case is None:
        return redirect("status")
    fresh = restoration.show_replacement(case=case)
    if fresh is None:
        messages.info(request, _("Your new recovery code has already been shown. It’s shown only once."))
        return redirect("status")
    return render(request, "recovery/status_code.html", {"code": fresh})


def _no_request(request: HttpRequest) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "recovery/status_none.html", status=404)


def _sheet(request: HttpRequest, case: Case) -> StatusPage:
    return presenter.of(case, country_of(request))


def _render(request: HttpRequest, case: Case, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = _context(request, case, _sheet(request, case), **forms)
    return render(request, "recovery/status.html", context, status=status)


def _context(
    request: HttpRequest,
    case: Case,
    sheet: StatusPage,
    *,
    answered: AnswerForm | None = None,
    question: int = 0,
    number_form: NumberForm | None = None,
    time_form: TimeForm | None = None,
    still: str = "",
) -> dict[str, Any]:
    number = {"number": sheet.changes.number}
    return {
        "case": case,
        "page": sheet,
        "questions": [
            (one, answered if answered and one.id == question else _blank(one)) for one in sheet.act.questions
        ],
        "number_form": number_form
        or NumberForm(initial=number, regions=regions_of(request), auto_id="number_%s"),
        "time_form": time_form or TimeForm(auto_id="time_%s"),
        "still": still,
        # Under somebody's hands the page doesn't load itself anew, and the tab goes on saying what is wrong.
        "wrong": any(form is not None and form.errors for form in (answered, number_form, time_form)),
        "caller_number": numbers.pretty(settings.CALLER_NUMBER, country_of(request)),
    }


def _blank(question: Question) -> AnswerForm:
    return AnswerForm(method=question.method, auto_id=f"id_%s_{question.id}")
