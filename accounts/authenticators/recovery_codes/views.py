"""A new set of recovery codes."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.access import VerifiedRequest, fresh_factor_required
from accounts.authenticators.recovery_codes import services
from accounts.responses import page, refused, safe_next
from common.errors import Refusal


@fresh_factor_required
@require_http_methods(["GET", "POST"])
def create(request: VerifiedRequest) -> HttpResponse:
    """GET explains, POST makes a new set; it is shown in that answer and never again."""
    if request.method == "GET":
        return page(request, "recovery_codes/new")
    try:
        made = services.create(user=request.user)
    except Refusal as refusal:
        return refused(request, refusal, again="accounts:methods")
    return page(
        request,
        "codes_to_save",
        codes=made.codes,
        waiting=made.waiting,
        next=safe_next(request, "accounts:methods"),
        first=False,
    )
