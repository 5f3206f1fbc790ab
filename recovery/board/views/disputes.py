"""A contested restore: two people look at both sides, the first decides, the second confirms."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, fresh_factor_required_unless, needs
from common import once
from recovery.board import presenter
from recovery.cases import readings
from recovery.cases import selectors as case_selectors
from recovery.console.access import session_of
from recovery.console.forms import OutcomeOfDisputeForm, ReasonForm
from recovery.console.frame import RefusalShown, frame
from recovery.console.presenters import summary
from recovery.console.presenters.history import history_of
from recovery.disputes import selectors as dispute_selectors
from recovery.disputes import services as disputes
from recovery.models import Dispute
from recovery.models.case import Why


def _is_over(request: VerifiedRequest, dispute: int) -> bool:
    row = dispute_selectors.dispute(dispute)
    return row is not None and bool(presenter.refusal(row, request.user.pk))


@needs("desk.supervise")
@fresh_factor_required_unless(_is_over)
@require_http_methods(["GET", "POST"])
def dispute(request: VerifiedRequest, dispute: int) -> HttpResponse:
    """Both sides beside each other, the changes, the history; then decide, confirm or reject."""
    row = dispute_selectors.dispute(dispute)
    if row is None:
        raise Http404
    if request.method != "POST":
        readings.note(case=row.case, by=request.user.pk, session=session_of(request), why=Why.SECOND_PERSON)
        return _show(request, row)
    match request.POST.get("act"):
        case "confirm":
            return _confirm(request, row)
        case "reject":
            return _reject(request, row)
    return _propose(request, row)


def _propose(request: VerifiedRequest, row: Dispute) -> HttpResponse:
    form = OutcomeOfDisputeForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form=form, status=422)
    with RefusalShown(request):
        disputes.propose(dispute=row, by=request.user.pk, **form.cleaned_data)
        messages.success(request, _("Decided. A second person must confirm it. Nothing happens until then."))
    return redirect("board:dispute", row.pk)


def _confirm(request: VerifiedRequest, row: Dispute) -> HttpResponse:
    outcome = request.POST.get("outcome", "")
    with RefusalShown(request):
        disputes.confirm(dispute=row, by=request.user.pk, outcome=outcome)
        messages.success(request, _("Confirmed and done. Both sides have been e-mailed."))
    return redirect("board:dispute", row.pk)


def _reject(request: VerifiedRequest, row: Dispute) -> HttpResponse:
    form = ReasonForm(request.POST, prefix="reject")
    if not form.is_valid():
        return _show(request, row, reject_form=form, status=422)
    with RefusalShown(request):
        disputes.reject(dispute=row, by=request.user.pk, reason=form.cleaned_data["reason"])
        messages.info(request, _("Not confirmed. Another decision is needed."))
    return redirect("board:dispute", row.pk)


@once.reading()
def _show(
    request: VerifiedRequest,
    row: Dispute,
    *,
    form: OutcomeOfDisputeForm | None = None,
    reject_form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    picture, rows = history_of(row.case)
    return render(
        request,
        "recovery/board/dispute.html",
        frame(request)
        | {
            "dispute": row,
            "line": presenter.line(row),
            "case": row.case,
            "asks": summary.who_asks(row.case),
            "account": summary.account(row.case),
            "claimants": presenter.claimants(row),
            "contester": presenter.contesters(row),
            "changes": presenter.changes(row),
            "notes": case_selectors.notes_of(row.case),
            "picture": picture,
            "rows": rows,
            "refusal": presenter.refusal(row, request.user.pk),
            "form": form or OutcomeOfDisputeForm(),
            "reject_form": reject_form or ReasonForm(prefix="reject"),
        },
        status=status,
    )
