"""What every template may say about this portal."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site": {
            "name": settings.SITE_NAME,
            "origin": settings.ORIGIN,
            "caller_number": settings.CALLER_NUMBER,
            "demo": settings.DEMO,
        }
    }
