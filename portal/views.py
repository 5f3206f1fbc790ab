"""The front page and the answer to an error: everything else belongs to an app."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import public


@public
def home(request: HttpRequest) -> HttpResponse:
    """Who is signed in goes where their work is; everybody else is asked what they need."""
    user = request.user
    if user.is_authenticated:
        if user.has_perm("desk.work"):
            return redirect("console:desk")
        if user.has_perm("audit.review"):
            return redirect("audit:trail")
        return redirect("accounts:check_up")
    return render(request, "home.html")


# Typed anew each time: no page shows a password or a code again. A test holds this against every form.
NEVER_SHOWN = frozenset({"password", "new_password", "current_password", "code", "answer"})


def form_grown_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the token that the browser has now, as from before a sign-in in another tab.

    If it came from a page of ours, what was typed is kept and can be sent again from this page. Nothing is
    done without that press of a button, and to a form from elsewhere nothing is shown.
    """
    kept: list[tuple[str, str]] = []
    ours = _is_ours(request)
    if ours:
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken" and name not in NEVER_SHOWN
            for value in values
        ]
    context = {"ours": ours, "kept": kept, "action": request.get_full_path()}
    return render(request, "403_csrf.html", context, status=403)


def _is_ours(request: HttpRequest) -> bool:
    """Every browser of our time says from which site a form comes."""
    origin = request.headers.get("Origin", "")
    return origin in settings.CSRF_TRUSTED_ORIGINS or origin == f"{request.scheme}://{request.get_host()}"
