"""Taking back a change that still waits."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest
from accounts.due_changes import services
from common.errors import Stale


@require_POST
def cancel(request: VerifiedRequest, change: int) -> HttpResponse:
    """Little proof stops a change, so no second factor is asked for again."""
    try:
        services.cancel(user_id=request.user.pk, change_id=change)
    except Stale as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The change was cancelled. It never took effect."))
    return redirect("accounts:methods")
