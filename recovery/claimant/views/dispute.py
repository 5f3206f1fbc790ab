"""A dispute as who has the account sees it: by the link of a mail, signed in by nobody, or signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

import accounts.selectors
from accounts import fresh_codes, link_token
from accounts.access import VerifiedRequest, fresh_factor_required_unless, public
from accounts.disputes import objections
from accounts.disputes.forms.not_me import EvidenceForm
from accounts.enums import Factor
from accounts.responses import status_of
from common.errors import Refusal
from recovery import links
from recovery.disputes import policies as dispute_policies
from recovery.disputes import selectors as dispute_selectors
from recovery.disputes import services as disputes
from recovery.models import Dispute
from recovery.restoration import selectors as restoration_selectors
from recovery.states import DisputeState


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if _named(token) is None:
        return link_token.missing(request)
    return link_token.store(request, token, "dispute")


@public
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest) -> HttpResponse:
    """GET shows what is asked for; POST contests, with something older than the disputed change."""
    named = _named(link_token.peek(request))
    if named is None:
        return link_token.missing(request)
    dispute, address = named
    if request.method != "POST":
        return _show(request, dispute, address)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return _show(request, dispute, address, status=422, form=form)
    factor = Factor(form.cleaned_data["factor"])
    try:
        code = form.kind.taken(request, form.cleaned_data["code"])
        right = disputes.contest_by_link(dispute_id=dispute.pk, address_id=address, factor=factor, code=code)
    except Refusal as refusal:
        return _show(request, _again(dispute), address, status=status_of(refusal), problem=str(refusal))
    if right:
        then = link_token.here(request, "dispute")
        return fresh_codes.first(request, user_id=dispute.account_id, factor=factor, then=then)
    hint = objections.hint(user_id=dispute.account_id, changes=dispute.changes, factor=factor, code=code)
    form.add_error("code", hint or str(form.kind.words.refused))
    return _show(request, _again(dispute), address, status=422, form=form)


def _is_over(request: VerifiedRequest) -> bool:
    dispute = restoration_selectors.open_dispute_about(request.user.pk)
    return dispute is None or dispute.state != DisputeState.ANNOUNCED


@fresh_factor_required_unless(_is_over)
@require_http_methods(["GET", "POST"])
def signed_in(request: VerifiedRequest) -> HttpResponse:
    """The same page for who is signed in to the account: a fresh second factor is enough to contest."""
    dispute = restoration_selectors.open_dispute_about(request.user.pk)
    if dispute is None:
        return redirect("accounts:check_up")
    if request.method != "POST":
        return _show(request, dispute)
    try:
        disputes.contest_signed_in(user_id=request.user.pk, factor=str(request.session.get("factor", "")))
    except Refusal as refusal:
        return _show(request, _again(dispute), status=status_of(refusal), problem=str(refusal))
    return redirect("dispute_mine")


def _named(token: str) -> tuple[Dispute, int] | None:
    """What a link names: the dispute, and the address that it went to."""
    found = links.read_dispute(token)
    dispute = dispute_selectors.dispute(found[0]) if found else None
    return (dispute, found[1]) if found and dispute else None


def _again(dispute: Dispute) -> Dispute:
    return dispute_selectors.dispute(dispute.pk) or dispute


def _show(
    request: HttpRequest,
    dispute: Dispute,
    address: int | None = None,
    *,
    status: int = 200,
    form: EvidenceForm | None = None,
    problem: str = "",
) -> HttpResponse:
    """``address``: by whose link it is shown; None for who is signed in."""
    open_ = dispute.state == DisputeState.ANNOUNCED
    failures = int(dispute.link_failures.get(str(address), 0))
    factors: tuple[Factor, ...] = ()
    if open_ and address is not None and failures < dispute_policies.LINK_FAILURES:
        factors = objections.factors_older_than(dispute.account_id, dispute.changes)
    tried = form.data.get("factor", "") if form else ""
    forms = [
        form if form and tried == factor else EvidenceForm(initial={"factor": factor}, auto_id=f"{factor}_%s")
        for factor in factors
    ]
    return render(
        request,
        "recovery/dispute.html",
        {
            "dispute": dispute,
            "by_link": address is not None,
            "changes": [one for pk in dispute.changes if (one := accounts.selectors.change(pk))],
            "forms": list(zip(factors, forms, strict=True)),
            "problem": problem,
        },
        status=status,
    )
