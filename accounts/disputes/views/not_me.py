"""*This was not me*: the page behind the link in a notice. Nobody is signed in by it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import fresh_codes, link_token, links
from accounts import responses as answers
from accounts.access import public
from accounts.disputes import objections
from accounts.disputes.forms.not_me import EvidenceForm
from accounts.disputes.views.proofs import forms_for
from accounts.enums import Factor
from accounts.responses import status_of
from common.errors import Refusal


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if _dispute(token) is None:
        return link_token.missing(request)
    return link_token.store(request, token, "not_me")


@public
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET shows what was changed; each button of the page is one POST."""
    dispute = _dispute(link_token.peek(request))
    if dispute is None:
        return link_token.missing(request)
    if request.method != "POST":
        return _show(request, dispute)
    try:
        if request.POST.get("act") == "object":
            objections.object_to(change_id=dispute.change.id)
            return link_token.here(request, "not_me")
        return _prove(request, dispute)
    except Refusal as refusal:
        return _show(request, _again(dispute), status=status_of(refusal), problem=str(refusal))


def _dispute(token: str) -> objections.DisputeStatus | None:
    change = links.read_not_me(token)
    return objections.status_of(change) if change is not None else None


def _prove(request: HttpRequest, dispute: objections.DisputeStatus) -> HttpResponse:
    """With a factor from before: undo, and on to a new password; or lift the freeze."""
    form = EvidenceForm(request.POST)
    if form.is_valid():
        factor = Factor(form.cleaned_data["factor"])
        code = form.kind.taken(request, form.cleaned_data["code"])
        if request.POST.get("act") == "keep":
            if objections.keep(change_id=dispute.change.id, factor=factor, code=code):
                return _past_fresh_code(request, dispute, factor, link_token.here(request, "not_me"))
        else:
            restored = objections.undo_objected(change_id=dispute.change.id, factor=factor, code=code)
            if restored is not None:
                request.session.flush()  # whoever was signed in here is not any more
                token = restored.password_link_token or ""
                then = link_token.clear(request, link_token.store(request, token, "accounts:choose_password"))
                return _past_fresh_code(request, dispute, factor, then)
        changes = [dispute.change.id]
        hint = objections.hint(user_id=dispute.account, changes=changes, factor=factor, code=code)
        form.add_error("code", hint or str(form.kind.words.refused))
    return _show(request, _again(dispute), status=422, form=form)


def _past_fresh_code(
    request: HttpRequest, dispute: objections.DisputeStatus, factor: Factor, then: HttpResponse
) -> HttpResponse:
    return fresh_codes.first(request, user_id=dispute.account, factor=factor, then=then)


def _again(dispute: objections.DisputeStatus) -> objections.DisputeStatus:
    return objections.status_of(dispute.change.id) or dispute


def _show(
    request: HttpRequest,
    dispute: objections.DisputeStatus,
    *,
    status: int = 200,
    form: EvidenceForm | None = None,
    problem: str = "",
) -> HttpResponse:
    return answers.page(
        request,
        "not_me",
        status=status,
        dispute=dispute,
        change=dispute.change,
        forms=forms_for(dispute.factors, form),
        problem=problem,
    )
