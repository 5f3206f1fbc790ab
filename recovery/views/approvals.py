"""The second person looks at what the first has found, and decides."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, fresh_factor_required, needs
from common.errors import Denied, Refusal
from recovery import case_page, policies, selectors
from recovery.forms.console import DecisionForm
from recovery.models import Approval
from recovery.services import approvals, cases
from recovery.views.desk import frame


@needs("desk.supervise")
@fresh_factor_required
@require_http_methods(["GET", "POST"])
def approval(request: VerifiedRequest, approval: int) -> HttpResponse:
    """The case in short, the evidence, the plan, the reason; then approve or decline."""
    row = selectors.approval(approval)
    if row is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, row)
    case = selectors.any_case(row.case_id)
    if case is None:
        raise Http404
    cases.read(case=case, by=request.user.pk, reason="second_person")
    picture, rows = case_page.history(case)
    try:
        policies.check_may_decide(row, request.user.pk)
        refusal = ""
    except Denied as denied:
        refusal = str(denied)
    return render(
        request,
        "recovery/board/approval.html",
        frame(request)
        | {
            "approval": row,
            "case": case,
            "asks": case_page.who_asks(case),
            "account": case_page.account(case),
            "picture": picture,
            "rows": rows,
            "found": selectors.findings_of(case),
            "side": case_page.side(case, request.user.pk),
            "refusal": refusal,
        },
    )


def _decide(request: VerifiedRequest, row: Approval) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose whether to approve."))
        return redirect("board:approval", row.pk)
    approve = form.cleaned_data["decision"] == "approve"
    try:
        approvals.decide(approval=row, by=request.user.pk, approve=approve)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("board:approval", row.pk)
    messages.success(
        request, _("Approved. The agent can restore the account now.") if approve else _("Declined.")
    )
    return redirect("board:overview")
