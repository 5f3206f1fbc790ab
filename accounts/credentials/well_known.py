"""Where password managers look (W3C: A Well-Known URL for Changing Passwords)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from accounts.access import public


@public
@require_GET
def change_password(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:change_password")
