"""The picture of an account: its usual life, compressed and faint, then what came last, act by act.

Lanes are the browsers and places that the account was used from. The left part is drawn to one scale; in
the right part long pauses are shortened, so that changes a few seconds apart can be told from each other.
Plain Python: the template only prints what is computed here.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from math import log2
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from audit.reading import Entry
from recovery.takeover.findings import Findings

WIDTH = 960
LABELS = 186
USUAL = (LABELS, 404)
DETAIL = (452, 936)
TOP = 26
LANE = 42
LEVEL = 16
MOST_USUAL_LANES = 4
MOST_TICKS = 20
RECENT = timedelta(days=7)
"""Where nothing is doubted, this much before the request is drawn act by act."""

SIGN_IN = "sign_in.succeeded"
WORDS: Mapping[str, str | Promise] = {
    SIGN_IN: _("Sign-in"),
    "sign_in.failed": _("Failed"),
    "credential.email.changed": _("E-mail"),
    "credential.password.changed": _("Password"),
    "credential.totp.added": _("Authenticator in"),
    "credential.totp.removed": _("Authenticator out"),
    "credential.totp.replaced": _("Authenticator"),
    "credential.recovery_codes.created": _("Recovery codes"),
    "credential.recovery_codes.removed": _("Recovery codes out"),
    "credential.recovery_code.used": _("Recovery code used"),
}

Lane_ = tuple[str, str]


@dataclass(frozen=True)
class Tick:
    """One act. ``tone``: ``danger`` where it is doubted, ``live`` for a sign-in as usual."""

    x: int
    label: str
    label_x: int
    label_y: int
    stem_y: int
    anchor: str
    tone: str
    event: int


@dataclass(frozen=True)
class Lane:
    """``country`` is a code, "" where unknown; ``others``: several seldom used browsers in one lane.

    ``strange``: all that is drawn act by act is doubted; ``new``: never seen in the usual life before.
    """

    y: int
    browser: str
    country: str
    others: bool
    strange: bool
    new: bool
    marks: tuple[int, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Moment:
    """A place on the axis: since the request, by the claimant's clock and by the reader's."""

    x: int
    relative: str
    theirs: str
    ours: str


@dataclass(frozen=True)
class Band:
    x: int
    width: int


@dataclass(frozen=True)
class Picture:
    lanes: tuple[Lane, ...]
    bands: tuple[Band, ...]
    call_x: int
    moments: tuple[Moment, ...]
    since: datetime
    detail_from: datetime
    their_zone: str
    our_zone: str
    bottom: int
    height: int
    summary: str
    width: int = WIDTH
    usual: tuple[int, int] = USUAL
    detail: tuple[int, int] = DETAIL


@dataclass
class _Lane:
    key: Lane_
    before: list[Entry] = field(default_factory=list)
    after: list[Entry] = field(default_factory=list)


def draw(
    entries: Sequence[Entry],
    *,
    account: int,
    opened_at: datetime,
    until: datetime,
    found: Findings,
    zone: str,
    reader_zone: str,
) -> Picture | None:
    """The picture of ``entries`` (any order), or None where the account was never used.

    Only what was done as the account's owner is drawn; what staff or the portal did stands in the table.
    """
    acts = sorted(
        (one for one in entries if one.actor == account and one.action in WORDS and one.browser),
        key=lambda one: (one.occurred_at, one.id),
    )
    if not acts:
        return None
    begins = found.begins or opened_at - RECENT
    usual = [one for one in acts if one.occurred_at < begins]
    latest = [one for one in acts if one.occurred_at >= begins][-MOST_TICKS:]
    if len(latest) == MOST_TICKS:
        begins = min(begins, latest[0].occurred_at)
    scale = _scale([begins, opened_at, until, *(one.occurred_at for one in latest)])
    since = usual[0].occurred_at if usual else begins
    known = {_key(one) for one in usual}
    lanes: list[Lane] = []
    bottom = TOP
    for lane in _lanes(usual, latest):
        drawn = _lane(lane, bottom, scale, since, begins, found, new=bool(known) and lane.key not in known)
        bottom = drawn.y + 18
        lanes.append(drawn)
    return Picture(
        lanes=tuple(lanes),
        bands=_bands([one for one in latest if is_doubted(one, found)], scale),
        call_x=scale(opened_at),
        moments=_moments([opened_at, begins, *(one.occurred_at for one in latest)], scale, opened_at, zone,
                         reader_zone),
        since=since,
        detail_from=begins,
        their_zone=_zone_name(opened_at, zone),
        our_zone=_zone_name(opened_at, reader_zone) if reader_zone != zone else "",
        bottom=bottom,
        height=bottom + (64 if reader_zone != zone else 48),
        summary=_summary(usual, latest, found),
    )  # fmt: skip


def is_doubted(entry: Entry, found: Findings) -> bool:
    """Was this done by a doubtful session, or is it a doubtful change?"""
    if str(entry.session or "") in {one.id for one in found.sessions}:
        return True
    return entry.details.get("change") in {one.id for one in found.doubtful}


def _bands(doubted: Sequence[Entry], scale: Callable[[datetime], int]) -> tuple[Band, ...]:
    """One band for each doubtful session; those that touch are drawn as one."""
    spans: dict[object, list[int]] = {}
    for one in doubted:
        spans.setdefault(one.session or one.id, []).append(scale(one.occurred_at))
    bands: list[Band] = []
    for left, right in sorted((min(places) - 12, max(places) + 12) for places in spans.values()):
        if bands and left <= bands[-1].x + bands[-1].width:
            last = bands.pop()
            left, right = last.x, max(right, last.x + last.width)
        bands.append(Band(left, right - left))
    return tuple(bands)


def _key(entry: Entry) -> Lane_:
    return (entry.browser, entry.country)


def _lanes(usual: Sequence[Entry], latest: Sequence[Entry]) -> list[_Lane]:
    """The most used first, seldom used ones in one lane of others, then those that are new."""
    counts = Counter(_key(one) for one in usual)
    active = {_key(one) for one in latest}
    ranked = [key for key, _count in counts.most_common()]
    own = [key for at, key in enumerate(ranked) if at < MOST_USUAL_LANES or key in active]
    lanes = {key: _Lane(key) for key in own}
    others = _Lane(("", ""))
    for one in usual:
        lanes.get(_key(one), others).before.append(one)
    for one in latest:
        lanes.setdefault(_key(one), _Lane(_key(one))).after.append(one)
    if others.before:
        lanes[("", "")] = others
    order = [*own, *([others.key] if others.before else [])]
    return [lanes[key] for key in order] + [lane for key, lane in lanes.items() if key not in order]


def _lane(
    lane: _Lane,
    top: int,
    scale: Callable[[datetime], int],
    since: datetime,
    begins: datetime,
    found: Findings,
    *,
    new: bool,
) -> Lane:
    placed, levels = _placed([(scale(one.occurred_at), one) for one in lane.after])
    y = top + LANE - 18 + LEVEL * max(levels - 1, 0)
    ticks = tuple(
        Tick(
            x=x,
            label=str(WORDS[one.action]),
            label_x=label_x,
            label_y=y - 10 - LEVEL * level,
            stem_y=y - 7 - LEVEL * level,
            anchor=anchor,
            tone="danger" if is_doubted(one, found) else "live" if one.action == SIGN_IN else "",
            event=one.id,
        )
        for x, label_x, level, anchor, one in placed
    )
    span = max((begins - since).total_seconds(), 1)
    width = USUAL[1] - USUAL[0] - 6
    marks = {
        USUAL[0] + round(width * (one.occurred_at - since).total_seconds() / span / 5) * 5
        for one in lane.before
    }
    others = lane.key == ("", "")
    strange = bool(lane.after) and all(is_doubted(one, found) for one in lane.after)
    return Lane(y, lane.key[0], lane.key[1], others, strange, new, tuple(sorted(marks)), ticks)


def _placed(acts: Sequence[tuple[int, Entry]]) -> tuple[list[tuple[int, int, int, str, Entry]], int]:
    """Each label on the lowest level where it does not run into another."""
    ends: list[int] = []
    placed = []
    for x, one in acts:
        width = text_width(str(WORDS[one.action]))
        anchor = "end" if x + width > WIDTH else "start"
        left = x - width if anchor == "end" else x - 4
        level = next((at for at, end in enumerate(ends) if left > end + 8), len(ends))
        ends[level : level + 1] = [left + width]
        placed.append((x, x if anchor == "end" else left, level, anchor, one))
    return placed, len(ends)


def text_width(text: str) -> int:
    """About how wide ``text`` is at 12 px and bold; full-width characters take twice the room."""
    return round(sum(13 if unicodedata.east_asian_width(char) in "WF" else 7.2 for char in text))


def _scale(times: Iterable[datetime]) -> Callable[[datetime], int]:
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


def _moments(
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


def _zone_name(when: datetime, zone: str) -> str:
    name = when.astimezone(ZoneInfo(zone)).tzname() or zone
    return f"UTC{name}" if name[:1] in "+-" else name


def _summary(usual: Sequence[Entry], latest: Sequence[Entry], found: Findings) -> str:
    """What the picture shows, for who cannot see it."""
    lived = ngettext(
        "Used as usual %(count)d time before.", "Used as usual %(count)d times before.", len(usual)
    ) % {"count": len(usual)}
    strange = [one for one in latest if is_doubted(one, found)]
    if not strange:
        return gettext("%(lived)s Nothing is doubted.") % {"lived": lived}
    comma = pgettext("between the parts of a list", ", ")
    return gettext("%(lived)s Then, doubtful: %(acts)s.") % {
        "lived": lived,
        "acts": comma.join(str(WORDS[one.action]) for one in strange),
    }
