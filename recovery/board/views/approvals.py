"""The second person looks at what the first has found, and decides."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, fresh_factor_required_unless, needs, nothing_changed
from common import once
from common.errors import refusal_of
from recovery import insiders, states
from recovery.approvals import policies as approval_policies
from recovery.approvals import selectors as approval_selectors
from recovery.approvals import services as approvals
from recovery.cases import readings
from recovery.cases import selectors as case_selectors
from recovery.console.access import session_of
from recovery.console.forms import DecisionForm
from recovery.console.frame import RefusalShown, frame
from recovery.console.presenters import summary
from recovery.console.presenters.actions import actions_of
from recovery.console.presenters.claim import claim_of, forms_of
from recovery.console.presenters.doubt import why
from recovery.console.presenters.history import history_of
from recovery.models import Approval
from recovery.models.case import Why
from recovery.takeover import selectors as takeover_selectors


def _is_over(_request: VerifiedRequest, approval: int) -> bool:
    row = approval_selectors.approval(approval)
    return row is not None and row.state not in states.STANDING_APPROVAL


@needs("desk.supervise")
@fresh_factor_required_unless(_is_over)
@require_http_methods(["GET", "POST"])
def approval(request: VerifiedRequest, approval: int) -> HttpResponse:
    """The case in short, the evidence, the plan, the reason; then approve or decline."""
    row = approval_selectors.approval(approval)
    if row is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, row)
    return _page(request, row, DecisionForm())


@once.reading()
def _page(request: VerifiedRequest, row: Approval, form: DecisionForm, status: int = 200) -> HttpResponse:
    """While it stands the second person sees everything; later, that there was a decision and what it was."""
    case = case_selectors.any_case(row.case_id)
    if case is None:
        raise Http404
    context = frame(request) | {"approval": row, "case": case, "asks": summary.who_asks(case)}
    person = request.user.pk
    if row.state not in states.STANDING_APPROVAL or insiders.is_insider(case.callback, person):
        return render(request, "recovery/board/approval_over.html", context, status=status)
    readings.note(case=case, by=person, session=session_of(request), why=Why.SECOND_PERSON)
    picture, rows = history_of(case)
    found, claim = takeover_selectors.findings_of(case), claim_of(case, person)
    refusal = refusal_of(approval_policies.check_can_decide, row, person)
    return render(
        request,
        "recovery/board/approval.html",
        context
        | {
            "account": summary.account(case),
            "picture": picture,
            "rows": rows,
            "found": found,
            "why": why(found),
            "claim": claim,
            **forms_of(case, claim),
            "notes": case_selectors.notes_of(case),
            "actions": actions_of(case, person),
            "refusal": refusal,
            "form": form,
        },
        status=status,
    )


def _decide(request: VerifiedRequest, row: Approval) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        if "decision" in form.errors:
            messages.warning(request, _("Choose whether to approve or decline."))
            nothing_changed(request)
            return redirect("board:approval", row.pk)
        return _page(request, row, form, status=422)
    approve = form.cleaned_data["decision"] == "approve"
    reason = form.cleaned_data["reason"]
    with RefusalShown(request):
        approvals.decide(approval=row, by=request.user.pk, approve=approve, reason=reason)
        messages.success(
            request, _("Approved. The agent can restore the account now.") if approve else _("Declined.")
        )
        return redirect("board:overview")
    return redirect("board:approval", row.pk)
