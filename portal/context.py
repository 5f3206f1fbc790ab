"""What every template may say about this portal."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from recovery import current_work
from recovery.console.page import call_part


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site": {
            "name": settings.SITE_NAME,
            "origin": settings.ORIGIN,
            "caller_number": settings.CALLER_NUMBER,
            "demo": settings.DEMO,
        },
        "call_in_progress": partial(_call_in_progress, request),
    }


def _call_in_progress(request: HttpRequest) -> dict[str, Any] | None:
    """The call that an agent is in: a page outside the console that they pass through keeps it in view."""
    attempt = current_work.call_on_the_line(request.user.pk) if request.user.pk else None
    return call_part(request, attempt.callback.case) if attempt else None  # type: ignore[arg-type]
