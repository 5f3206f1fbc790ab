"""Settings that a machine which others reach must not have."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_is_no_demo(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.DEMO:
        return []
    return [
        Error(
            "DEMO is on: mails can be read by everybody, and passwords and codes are public.",
            hint="Unset DEMO; `make demo` alone sets it.",
            id="portal.E001",
        )
    ]


@register(Tags.security, deploy=True)
def check_origin_is_secure(**_kwargs: Any) -> list[CheckMessage]:
    if settings.SECURE:
        return []
    return [
        Error(
            "ORIGIN is not https: cookies and codes would cross the network unencrypted.",
            hint="Set ORIGIN to the https address under which people reach the portal.",
            id="portal.E002",
        )
    ]
