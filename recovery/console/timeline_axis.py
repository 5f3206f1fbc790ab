"""Time on the picture of an account: where a moment is drawn, and what is written at it."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import log2
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext

DETAIL = (452, 936)
"""From where to where time is drawn act by act."""


@dataclass(frozen=True)
class Moment:
    """A place on the axis: since the request, by the claimant's clock and by the reader's."""

    x: int
    relative: str
    theirs: str
    ours: str


def scale_of(times: Iterable[datetime]) -> Callable[[datetime], int]:
    """Time to place: every pause gets some room, long pauses only a little more than short ones."""
    points = sorted(set(times))
    weights = [
        min(max(log2(1 + (later - earlier).total_seconds() / 20), 1.0), 4.0)
        for earlier, later in pairwise(points)
    ]
    whole = sum(weights) or 1
    left, right = DETAIL[0] + 14, DETAIL[1] - 14
    places = [float(left)]
    for weight in weights:
        places.append(places[-1] + (right - left) * weight / whole)

    def place(when: datetime) -> int:
        if when <= points[0]:
            return left
        for at, (earlier, later) in enumerate(pairwise(points)):
            if when <= later:
                share = (when - earlier) / (later - earlier)
                return round(places[at] + (places[at + 1] - places[at]) * share)
        return right

    return place


def moments_of(
    times: Sequence[datetime],
    scale: Callable[[datetime], int],
    opened_at: datetime,
    zone: str,
    reader_zone: str,
) -> tuple[Moment, ...]:
    """Axis labels, the request's own before all others, none over another."""
    long = any(abs(one - opened_at) > timedelta(hours=18) for one in times)
    taken: list[tuple[int, int]] = []
    moments = []
    for when in dict.fromkeys(times):
        x = scale(when)
        relative, theirs = since_call(when, opened_at), _clock(when, zone, long=long)
        half = max(text_width(relative), text_width(theirs)) // 2 + 3
        if any(x - half < right and left < x + half for left, right in taken):
            continue
        taken.append((x - half, x + half))
        moments.append(Moment(x, relative, theirs, _clock(when, reader_zone, long=long)))
    return tuple(sorted(moments, key=lambda one: one.x))


def since_call(when: datetime, opened_at: datetime) -> str:
    """How long before or after the request: ``−14 min``, ``+2 h``; the request itself is 0."""
    seconds = (when - opened_at).total_seconds()
    sign = "−" if seconds < 0 else "+"
    minutes = round(abs(seconds) / 60)
    if not minutes:
        return gettext("±0 min")
    if minutes < 100:
        amount = ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    elif minutes < 48 * 60:
        hours = round(minutes / 60)
        amount = ngettext("%(count)d h", "%(count)d h", hours) % {"count": hours}
    else:
        days = round(minutes / 1440)
        amount = ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return sign + amount


def local_time(when: datetime, opened_at: datetime, zone: str) -> str:
    """The clock of ``zone``; with the day where it is not the day of the request."""
    tz = ZoneInfo(zone)
    return _clock(when, zone, long=when.astimezone(tz).date() != opened_at.astimezone(tz).date())


def _clock(when: datetime, zone: str, *, long: bool) -> str:
    local = when.astimezone(ZoneInfo(zone))
    if long:
        # Translators: Django date format of a moment on a narrow axis
        return date_format(local, pgettext("date format", "j M H:i"))
    return f"{local:%H:%M}"


def zone_name(when: datetime, zone: str) -> str:
    name = when.astimezone(ZoneInfo(zone)).tzname() or zone
    return f"UTC{name}" if name[:1] in "+-" else name


def text_width(text: str) -> int:
    """About how wide ``text`` is at 12 px and bold; full-width characters take twice the room."""
    return round(sum(13 if unicodedata.east_asian_width(char) in "WF" else 7.2 for char in text))
