"""The page of a recovery contact who is asked to vouch: nobody is signed in, the link is all that they have.

What a fraud would say stands first. To vouch takes two looks: which of two statements is true, and then the
button that says what is confirmed. To refuse, or to report a fraud, takes one.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import link_token
from accounts.access import public
from accounts.responses import status_of
from common.errors import Refusal
from recovery.evidence import vouching
from recovery.evidence.vouching import Asking
from recovery.vouching.forms import ASKED, SPOKE, StatementForm


@public
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    if vouching.asking(token) is None:
        return _over(request)
    return link_token.store(request, token, "vouch")


@public
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET shows; each button is one POST. A scanner of mails that opens the link does nothing."""
    token = link_token.peek(request)
    if not token:
        return link_token.missing(request)
    asking = vouching.asking(token)
    if asking is None:
        return _over(request)
    if request.method != "POST":
        return _show(request, asking, StatementForm())
    act = request.POST.get("act", "")
    if act in ("decline", "fraud"):
        return _decline(request, token, asking, fraud=act == "fraud")
    form = StatementForm(request.POST)
    if not form.is_valid():
        return _show(request, asking, form, status=422)
    if form.cleaned_data["statement"] == ASKED:
        return render(request, "recovery/vouch/warned.html", {"asking": asking})
    if act != "vouch":
        return render(request, "recovery/vouch/confirm.html", {"asking": asking, "statement": SPOKE})
    return _vouch(request, token, asking)


def _vouch(request: HttpRequest, token: str, asking: Asking) -> HttpResponse:
    try:
        vouching.vouch(token=token)
    except Refusal as refusal:
        return _show(request, asking, StatementForm(), status=status_of(refusal), problem=str(refusal))
    return _thanks(request, asking, "vouched")


def _decline(request: HttpRequest, token: str, asking: Asking, *, fraud: bool) -> HttpResponse:
    try:
        vouching.decline(token=token, fraud=fraud)
    except Refusal:
        return _over(request)
    return _thanks(request, asking, "fraud" if fraud else "declined")


def _thanks(request: HttpRequest, asking: Asking, answer: str) -> HttpResponse:
    shown = render(request, "recovery/vouch/thanks.html", {"asking": asking, "answer": answer})
    return link_token.clear(request, shown)


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "recovery/vouch/over.html", status=422)


def _show(
    request: HttpRequest, asking: Asking, form: StatementForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {"asking": asking, "form": form, "problem": problem}
    return render(request, "recovery/vouch/page.html", context, status=status)
