"""Settings that would only be found wrong when somebody waits for a call."""

from typing import Any

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from phonenumbers import NumberParseException


@register("telephony")
def check_regions(**_kwargs: Any) -> list[CheckMessage]:
    unknown = [region for region in settings.CALL_REGIONS if region not in phonenumbers.SUPPORTED_REGIONS]
    if unknown:
        return [
            Error(
                f"CALL_REGIONS names no known region: {', '.join(unknown)}.",
                hint="Use two-letter codes of ISO 3166 in capitals, for example JP,US.",
                id="telephony.E001",
            )
        ]
    if not settings.CALL_REGIONS:
        return [
            Error(
                "CALL_REGIONS is empty: nobody could be called.",
                hint="List the regions that you call, for example JP.",
                id="telephony.E002",
            )
        ]
    return []


@register("telephony")
def check_caller_number(**_kwargs: Any) -> list[CheckMessage]:
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(settings.CALLER_NUMBER))
    except NumberParseException:
        possible = False
    if possible:
        return []
    return [
        Error(
            f"CALLER_NUMBER is not a telephone number: {settings.CALLER_NUMBER!r}.",
            hint="People are told that we call from here. Write it with its country, as +81 3 5550 0100.",
            id="telephony.E003",
        )
    ]
