"""What the caller is asked to show, and the second person who agrees to what was shown."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest, needs
from recovery.approvals import services as approvals
from recovery.console.access import own_case
from recovery.console.forms import EvidenceForm, ReasonForm
from recovery.console.frame import RefusalInForm, RefusalShown, acted
from recovery.console.page import wrong
from recovery.evidence import services as evidence
from recovery.models.evidence import Method


@needs("desk.work")
@require_POST
def ask(request: VerifiedRequest, case: int) -> HttpResponse:
    """Ask the caller for one piece of evidence. They answer on their own page."""
    row = own_case(request, case)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return wrong(request, row, _("Choose what to ask for."))
    with RefusalShown(request):
        evidence.ask(
            case=row,
            agent_id=request.user.pk,
            method=Method(form.cleaned_data["method"]),
            target=form.cleaned_data["target"],
        )
    return acted(request, "console:case", case)


@needs("desk.work")
@require_POST
def request_approval(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = ReasonForm(request.POST, prefix="approval")
    if form.is_valid():
        with RefusalInForm(form):
            approvals.request(case=row, agent_id=request.user.pk, reason=form.cleaned_data["reason"])
            messages.info(request, _("A second person has been asked. Their decision will appear here."))
    if not form.is_valid():
        return wrong(request, row, _("Give a reason, so the second person can decide."), approval_form=form)
    return redirect("console:case", case)
