"""Reading the demo's mails in the browser: what a person would find in their own mailbox."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import public
from devtools import mailbox

MAX_MAILS = 100
# A mail's own styles are inline and it runs nothing: so it stands alone, as a sandboxed page.
MAIL_POLICY = (
    "sandbox allow-popups allow-top-navigation-by-user-activation; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


@public
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The newest mails; ``?to=`` shows one person's."""
    to = request.GET.get("to", "").strip()
    found = [letter for letter in mailbox.letters() if not to or to in letter.to]
    return render(request, "devtools/mails.html", {"letters": found[:MAX_MAILS], "to": to})


@public
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: its headers and its text part, links to be clicked."""
    return render(request, "devtools/mail.html", {"letter": _letter(name)})


@public
@require_safe
def mail_as_page(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, as a mail program would show it."""
    letter = _letter(name)
    if not letter.html:
        raise Http404
    return HttpResponse(letter.html, headers={"Content-Security-Policy": MAIL_POLICY})


def _letter(name: str) -> mailbox.Letter:
    letter = mailbox.letter(name)
    if letter is None:
        raise Http404
    return letter
