"""The values of a mail: kept as data while it waits, turned into the reader's words when it is written.

A mail may be asked for in one language by an agent and read in another, at another time of day. So a
moment, a country, a browser or a link travels as what it is, and becomes words at the last moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime, get_timezone_name
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.countries import country_name

CHANGES = {
    "sign_in": _("Signed in"),
    "email": _("Changed the sign-in e-mail"),
    "password": _("Changed the password"),
    "totp_added": _("Added an authenticator app"),
    "totp_removed": _("Removed an authenticator app"),
    "totp_replaced": _("Replaced the authenticator app"),
    "recovery_codes": _("Created new recovery codes, so the old ones stopped working"),
}
UNTOUCHED = {
    "email": _("Your sign-in e-mail"),
    "password": _("Your password"),
    "totp": _("Your authenticator app"),
    "recovery_codes": _("Your recovery codes"),
    "profile": _("Your name, language and time zone"),
}
Repair = Literal[
    "email_back",
    "authenticator_out",
    "authenticator_lost",
    "authenticator_back",
    "recovery_codes_out",
    "recovery_codes_back",
    "pending_cancelled",
    "password_void",
    "password_kept",
    "sessions_ended",
    "hold",
]
REPAIRS = {
    "email_back": _("Your sign-in e-mail is your own address again."),
    "authenticator_out": _("The intruder’s authenticator app no longer works."),
    "authenticator_lost": _("The authenticator app you lost no longer works."),
    "authenticator_back": _("Your own authenticator app works again."),
    "recovery_codes_out": _("The recovery codes created by the intruder no longer work."),
    "recovery_codes_back": _("Your own recovery codes work again."),
    "pending_cancelled": _("Changes the intruder had started were cancelled."),
    "password_void": _(
        "The old password no longer works. You choose a new one, and nobody here ever sees it."
    ),
    "password_kept": _("Your password was not changed."),
    "sessions_ended": _("Everyone who was signed in was signed out."),
    "hold": _(
        "Your sign-in details can’t be changed for 72 hours, so that nobody can take "
        "over the account again straight away. If you need to change something "
        "sooner, ask us for a call."
    ),
}
# Where nothing but an authenticator was lost, no line may speak of a stranger.
LOST_REPAIRS = {
    **REPAIRS,
    "authenticator_out": _("An authenticator app that may not have been yours no longer works."),
    "recovery_codes_out": _("Recovery codes that may not have been yours no longer work."),
    "pending_cancelled": _("Pending changes were cancelled."),
    "hold": _(
        "Your other sign-in details can’t be changed for 72 hours, in case someone "
        "finds the phone. You can set up your new authenticator app straight away."
    ),
}


@dataclass(frozen=True)
class Link:
    """An address below ``settings.ORIGIN``, whole or as a path.

    Raises:
        ValueError: it leads anywhere else. What a request says about its host never gets into a mail.
    """

    target: str

    def __post_init__(self) -> None:
        inside = self.target.startswith("/") and not self.target.startswith("//")
        if not inside and not self.target.startswith(settings.ORIGIN + "/"):
            raise ValueError("a link in a mail must lead below ORIGIN")

    def __str__(self) -> str:
        return settings.ORIGIN + self.target if self.target.startswith("/") else self.target


@dataclass(frozen=True)
class Place:
    country: str


@dataclass(frozen=True)
class Moment:
    """In the reader's zone: ``22 November 2026, 23:41 (Japan Standard Time)``, and its parts.

    ``plain`` is ``22 November 2026, 23:41``, ``short`` is ``22 Nov, 23:41``, ``zone`` the zone's name.
    """

    full: str
    plain: str
    short: str
    zone: str

    def __str__(self) -> str:
        return self.full


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, or the portal's own where there is none: a wrong zone must not stop a mail."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.DEFAULT_ZONE)


def moment(when: datetime, language: str, zone: str) -> Moment:
    local = when.astimezone(zone_of(zone))
    if language == "ja":
        long, short, frame = "y年M月d日 HH:mm", "M月d日 HH:mm", "{}（{}）"
    else:
        long, short, frame = "d MMMM y, HH:mm", "d MMM, HH:mm", "{} ({})"
    plain = format_datetime(local, long, locale=language)
    name = get_timezone_name(local, locale=language)
    return Moment(
        full=frame.format(plain, name),
        plain=plain,
        short=format_datetime(local, short, locale=language),
        zone=name,
    )


def pack(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON can hold them; :func:`unpack` knows them again by their single marked key."""
    return {name: _packed(value) for name, value in values.items()}


def _packed(value: Any) -> Any:
    match value:
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a moment in a mail needs its zone")
            return {"$moment": value.astimezone(UTC).isoformat()}
        case Place():
            return {"$place": value.country}
        case Link():
            return {"$link": str(value)}
        case dict():
            return {name: _packed(item) for name, item in value.items()}
        case list():
            return [_packed(item) for item in value]
    return value


def unpack(value: Any, language: str, zone: str) -> Any:
    """Packed values as the words that the reader will see."""
    match value:
        case {"$moment": str(text)}:
            return moment(datetime.fromisoformat(text), language, zone)
        case {"$place": str(country)}:
            return country_name(country, language)
        case {"$link": str(address)}:
            return address
        case dict():
            return {name: unpack(item, language, zone) for name, item in value.items()}
        case list():
            return [unpack(item, language, zone) for item in value]
    return value
