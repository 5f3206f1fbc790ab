"""Settings that a machine which others reach must not have."""

from typing import Any

from django.conf import settings
from django.core import checks
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


@register(Tags.security, deploy=True)
def check_proxies_are_counted(**_kwargs: Any) -> list[CheckMessage]:
    """Whether the number is right only requests tell: see ``portal.middleware.ProxyChainMiddleware``."""
    if settings.TRUSTED_PROXIES or not settings.SECURE:
        return []
    return [
        checks.Warning(
            "ORIGIN is https and no proxy is trusted: everybody would have the proxy's address,"
            " and every page would redirect to itself.",
            hint="Set TRUSTED_PROXIES to the number of proxies that write X-Forwarded-For.",
            id="portal.W001",
        )
    ]
