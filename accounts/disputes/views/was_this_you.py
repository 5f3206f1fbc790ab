"""*Was this you?*: the owner answers for the changes that are doubted, with something older than they are."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import fresh_codes, link_token, selectors
from accounts.access import SignedInRequest, password_only
from accounts.disputes import was_this_you as service
from accounts.disputes.forms.was_this_you import AnswerForm
from accounts.responses import can_answer, page, safe_next, status_of, with_retry_after
from accounts.sign_in import http_session
from common import browser_cookie
from common.errors import Refusal


@password_only
@require_http_methods(["GET", "POST"])
def was_this_you(request: SignedInRequest) -> HttpResponse:
    """GET shows what is doubted and why; each button of the page is one POST.

    Also for who has given the password only, if a doubt is what keeps them out: nobody else without a
    second factor sees what happened to the account.
    """
    if not can_answer(request):
        return redirect(_verify(request))
    if request.method != "POST":
        return _show(request)
    asked_of = request.user.pk  # who undoes is signed out by it
    asked = service.question(request.user.pk)
    form = AnswerForm(request.POST, groups=[group.id for group in asked.groups])
    refusal = None
    if form.is_valid():
        try:
            shown = form.answer(request)
            act = _undo if request.POST.get("act") == "undo" else _confirm
            answer = act(request, form, shown)
            if answer is not None:
                return fresh_codes.first(request, user_id=asked_of, factor=form.kind.factor, then=answer)
            form.add_error(form.answer_field, _wrong(request, form, shown))
        except Refusal as caught:
            refusal = caught
            form.add_error(None, str(refusal))
    status = status_of(refusal) if refusal else 422
    return with_retry_after(_show(request, form, status=status), refusal)


def _confirm(request: SignedInRequest, form: AnswerForm, code: str) -> HttpResponse | None:
    if not service.confirm(
        user=request.user,
        groups=form.cleaned_data["groups"],
        factor=form.kind.factor,
        code=code,
        browser=browser_cookie.read(request),
    ):
        return None
    messages.success(request, _("Thank you. We won’t ask about these changes again."))
    if service.question(request.user.pk).groups:
        return redirect(reverse("accounts:doubt") + "?" + urlencode({"next": _next(request)}))
    return redirect(_next(request) if http_session.is_verified(request) else _verify(request))


def _undo(request: SignedInRequest, form: AnswerForm, code: str) -> HttpResponse | None:
    restored = service.undo_them(
        user=request.user,
        groups=form.cleaned_data["groups"],
        factor=form.kind.factor,
        code=code,
        browser=browser_cookie.read(request),
    )
    if restored is None:
        return None
    request.session.flush()  # every session has ended, this one too
    return link_token.store(request, restored.password_link_token or "", "accounts:choose_password")


def _wrong(request: SignedInRequest, form: AnswerForm, code: str) -> str:
    groups, kind = form.cleaned_data["groups"], form.kind
    hint = service.hint(user=request.user, groups=groups, factor=kind.factor, code=code)
    return hint or str(kind.words.refused)


def _next(request: HttpRequest) -> str:
    return safe_next(request, "accounts:check_up")


def _verify(request: HttpRequest) -> str:
    return reverse("accounts:verify") + "?" + urlencode({"next": _next(request)})


def _show(request: SignedInRequest, form: AnswerForm | None = None, *, status: int = 200) -> HttpResponse:
    """As it is now: what was refused may have been answered in another tab."""
    asked = service.question(request.user.pk)
    form = form or AnswerForm(groups=[group.id for group in asked.groups])
    return page(
        request,
        "doubt",
        status=status,
        question=asked,
        form=form,
        shown=[(kind, form[kind.factor]) for kind in asked.kinds if kind.ceremony],
        freezes=selectors.active_freezes(request.user.pk),
        next=_next(request),
        verified=http_session.is_verified(request),
    )
