"""The front page and the answer to an error: everything else belongs to an app."""

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
