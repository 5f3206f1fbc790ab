"""How a case ends: restored, announced, contested, refused or handed back."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import VerifiedRequest, fresh_factor_required, needs
from common import once
from recovery.cases import changes
from recovery.console.access import own_case
from recovery.console.forms import ReasonForm, RefusalForm
from recovery.console.frame import RefusalInForm, RefusalShown, frame
from recovery.console.page import call_part, side_part, wrong
from recovery.console.presenters import summary
from recovery.console.presenters.actions import announce_refusal, restore_refusal
from recovery.console.presenters.doubt import why
from recovery.disputes import services as disputes
from recovery.models import Case
from recovery.restoration import services as restoration
from recovery.takeover import selectors as takeover_selectors


@needs("desk.work")
@fresh_factor_required
@require_http_methods(["GET", "POST"])
def restore_account(request: VerifiedRequest, case: int) -> HttpResponse:
    """The plan once more, on a page of its own; only its button restores."""
    row = own_case(request, case)
    if request.method == "GET":
        return _plan_page(request, row, "recovery/console/restore.html", restore_refusal)
    with RefusalShown(request):
        restoration.restore(case=row, agent_id=request.user.pk)
        messages.success(
            request, _("The account is restored. We’ve e-mailed the owner a link to choose a new password.")
        )
    return redirect("console:case", case)


@needs("desk.work")
@fresh_factor_required
@require_http_methods(["GET", "POST"])
def announce(request: VerifiedRequest, case: int) -> HttpResponse:
    """In a dispute: what is announced to every address, on a page of its own; only its button announces."""
    row = own_case(request, case)
    if request.method == "GET":
        return _plan_page(request, row, "recovery/console/announce.html", announce_refusal)
    with RefusalShown(request):
        disputes.announce(case=row, agent_id=request.user.pk)
        messages.success(
            request, _("Announced. Every address on the account is notified. Your work on this case is done.")
        )
    return redirect("console:case", case)


@once.reading()
def _plan_page(
    request: VerifiedRequest, case: Case, template: str, refusal: Callable[[Case, int], str]
) -> HttpResponse:
    """What would be undone and done, before it is; where it may not be done, the case says why."""
    if words := refusal(case, request.user.pk):
        messages.warning(request, words)
        return redirect("console:case", case.pk)
    context = {
        **frame(request),
        **call_part(request, case),
        **side_part(request, case),
        "account": summary.account(case),
        "why": why(takeover_selectors.findings_of(case)),
        "owners": takeover_selectors.offerable(case).addresses,
        "put_back": takeover_selectors.is_put_back(case),
    }
    return render(request, template, context)


@needs("desk.work")
@require_POST
def contest(request: VerifiedRequest, case: int) -> HttpResponse:
    """For a caller who has shown enough: what was announced about their account is contested."""
    row = own_case(request, case)
    with RefusalShown(request):
        disputes.contest_in_call(case=row, agent_id=request.user.pk)
        messages.success(
            request, _("Contested. Two supervisors will decide, and nothing changes until then.")
        )
    return redirect("console:case", case)


@needs("desk.work")
@require_POST
def refuse(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = RefusalForm(request.POST, prefix="refuse")
    if form.is_valid():
        with RefusalInForm(form):
            changes.refuse(case=row, by=request.user.pk, reason=form.cleaned_data["reason"])
            messages.info(request, _("The case is refused. The account was not changed."))
    if not form.is_valid():
        return wrong(request, row, _("Choose a reason for refusing the case."), refusal_form=form)
    return redirect("console:case", case)


@needs("desk.work")
@require_POST
def hand_back(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    form = ReasonForm(request.POST, prefix="hand-back")
    if form.is_valid():
        with RefusalInForm(form):
            changes.hand_back(case=row, by=request.user.pk, reason=form.cleaned_data["reason"])
            messages.info(request, _("The case is back in the queue, at its previous place."))
    if not form.is_valid():
        words = _("Give a reason for returning the case to the queue.")
        return wrong(request, row, words, hand_back_form=form)
    return redirect("console:desk")
