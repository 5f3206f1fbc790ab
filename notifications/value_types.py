"""The values of a mail: kept as data while it waits, turned into the reader's words when it is written.

A mail may be asked for in one language by an agent and read in another, at another time of day. So a
moment, a country, a browser or a link travels as what it is, and becomes words at the last moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime, get_timezone_name
from django.conf import settings

from common import codes
from common.countries import country_name


@dataclass(frozen=True)
class Link:
    """An address below ``settings.ORIGIN``, whole or as a path. ``until``: when it stops working.

    In a mail without links it becomes a code to type (:mod:`notifications.linkless`).

    Raises:
        ValueError: it leads anywhere else. What a request says about its host never gets into a mail.
    """

    target: str
    until: datetime | None = None

    def __post_init__(self) -> None:
        inside = self.target.startswith("/") and not self.target.startswith("//")
        if not inside and not self.target.startswith(settings.ORIGIN + "/"):
            raise ValueError("a link in a mail must lead below ORIGIN")

    def __str__(self) -> str:
        return settings.ORIGIN + self.target if self.target.startswith("/") else self.target


@dataclass(frozen=True)
class PublicPage(Link):
    """A page that opens to everybody and asks for no password: in a mail without links its reader finds it
    from the portal's own address, and needs no code.
    """


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
        case PublicPage():
            return {"$page": str(value)}
        case Link():
            until = {"until": value.until.astimezone(UTC).isoformat()} if value.until else {}
            return {"$link": str(value), **until}
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
        case {"$link": str(address)} | {"$page": str(address)}:
            return address
        case {"$code": str(code)}:
            return codes.hyphenated(code)
        case dict():
            return {name: unpack(item, language, zone) for name, item in value.items()}
        case list():
            return [unpack(item, language, zone) for item in value]
    return value
