"""*This was not me*, about a sign-in: the page behind the link in its notice. Nobody is signed in by it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import fresh_codes, link_token, links
from accounts import responses as answers
from accounts.access import VerifiedRequest, public
from accounts.disputes import disowned_sessions as service
from accounts.disputes.forms.not_me import EvidenceForm
from accounts.disputes.views.proofs import forms_for
from accounts.enums import Factor
from accounts.responses import status_of, with_retry_after
from common.errors import Refusal


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if _sign_in(token) is None:
        return link_token.missing(request)
    return link_token.store(request, token, "not_me_session")


@require_POST
def review(request: VerifiedRequest) -> HttpResponse:
    """From the notice of the freeze in the account: the same page as from the link in the mail."""
    session = service.to_confirm(request.user.pk)
    if session is None:
        raise Http404
    return link_token.store(request, links.not_me_session_token(session), "not_me_session")


@public
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET shows the sign-in; each button of the page is one POST."""
    sign_in = _sign_in(link_token.peek(request))
    if sign_in is None:
        return link_token.missing(request)
    if request.method != "POST":
        return _show(request, sign_in)
    try:
        return _act(request, sign_in)
    except Refusal as refusal:
        answer = _show(request, _again(sign_in), status=status_of(refusal), problem=str(refusal))
        return with_retry_after(answer, refusal)


def _sign_in(token: str) -> service.SignInStatus | None:
    session = links.read_not_me_session(token)
    return service.status_of(session) if session is not None else None


def _act(request: HttpRequest, sign_in: service.SignInStatus) -> HttpResponse:
    if request.POST.get("act") == "disown":
        service.disown(session_id=sign_in.session.id)
        return link_token.here(request, "not_me_session")
    if request.POST.get("act") == "changes" and sign_in.changed:
        # What it changed is settled on the page of the change, with all that is doubted beside it.
        return link_token.store(request, links.not_me_token(sign_in.changed[0].id), "not_me")
    return _prove(request, sign_in)


def _prove(request: HttpRequest, sign_in: service.SignInStatus) -> HttpResponse:
    """With a code from before the sign-in: on to a new password, or the report is taken back."""
    form = EvidenceForm(request.POST)
    if form.is_valid():
        session, factor = sign_in.session.id, Factor(form.cleaned_data["factor"])
        code = form.cleaned_data["code"]
        if request.POST.get("act") == "confirm":
            if service.confirm(session_id=session, factor=factor, code=code):
                return _past_fresh_code(request, sign_in, factor, link_token.here(request, "not_me_session"))
        elif token := service.choose_password(session_id=session, factor=factor, code=code):
            then = link_token.store(request, token, "accounts:choose_password")
            return _past_fresh_code(request, sign_in, factor, then)
        hint = service.hint(session_id=session, factor=factor, code=code)
        form.add_error("code", hint or _("This code is incorrect or has already been used."))
    return _show(request, _again(sign_in), status=422, form=form)


def _past_fresh_code(
    request: HttpRequest, sign_in: service.SignInStatus, factor: Factor, then: HttpResponse
) -> HttpResponse:
    return fresh_codes.first(request, user_id=sign_in.account, factor=factor, then=then)


def _again(sign_in: service.SignInStatus) -> service.SignInStatus:
    return service.status_of(sign_in.session.id) or sign_in


def _show(
    request: HttpRequest,
    sign_in: service.SignInStatus,
    *,
    status: int = 200,
    form: EvidenceForm | None = None,
    problem: str = "",
) -> HttpResponse:
    return answers.page(
        request,
        "not_me_session",
        status=status,
        sign_in=sign_in,
        forms=forms_for(sign_in.factors, form),
        problem=problem,
    )
