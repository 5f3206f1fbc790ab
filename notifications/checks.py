"""Settings that would only be found wrong when a mail does not arrive."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

NEAR = frozenset({"localhost", "127.0.0.1", "::1"})


@register("notifications")
def check_sender(**_kwargs: Any) -> list[CheckMessage]:
    try:
        validate_email(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except ValidationError:
        return [
            Error(
                f"MAIL_FROM is not an address that mail can come from: {settings.DEFAULT_FROM_EMAIL!r}.",
                hint="Write it as Orikaeshi <no-reply@example.com>.",
                id="notifications.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def check_sender_is_ours(**_kwargs: Any) -> list[CheckMessage]:
    if not parseaddr(settings.DEFAULT_FROM_EMAIL)[1].endswith("@localhost"):
        return []
    return [
        checks.Warning(
            "Mail would come from localhost, and be taken for spam.",
            hint="Set MAIL_FROM to an address of a domain of yours.",
            id="notifications.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_password_is_not_sent_open(**_kwargs: Any) -> list[CheckMessage]:
    if not settings.EMAIL_HOST_PASSWORD or settings.EMAIL_USE_TLS or settings.EMAIL_HOST in NEAR:
        return []
    return [
        checks.Warning(
            "The password of the mail server would cross the network unencrypted.",
            hint="Set SMTP_STARTTLS=true.",
            id="notifications.W002",
        )
    ]
