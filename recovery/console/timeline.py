"""The picture of an account: its usual life, compressed and faint, then what came last, act by act.

Lanes are the browsers and places that the account was used from. The left part is drawn to one scale; in
the right part long pauses are shortened, so that changes a few seconds apart can be told from each other.
Plain Python: the template only prints what is computed here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext, pgettext

from audit.reading import Entry
from recovery.console.timeline_axis import DETAIL, Moment, moments_of, scale_of, zone_name
from recovery.console.timeline_lanes import USUAL, WIDTH, Lane, drawn, is_doubted, words
from recovery.takeover.findings import Findings

MAX_TICKS = 20
RECENT = timedelta(days=7)
"""Where nothing is doubted, this much before the request is drawn act by act."""


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
    acts = _acts(entries, account)
    if not acts:
        return None
    begins = found.begins or opened_at - RECENT
    usual = [one for one in acts if one.occurred_at < begins]
    latest = [one for one in acts if one.occurred_at >= begins][-MAX_TICKS:]
    if len(latest) == MAX_TICKS:
        begins = min(begins, latest[0].occurred_at)
    times = [opened_at, begins, *(one.occurred_at for one in latest)]
    scale = scale_of([*times, until])
    since = usual[0].occurred_at if usual else begins
    lanes = drawn(usual, latest, scale, begins, found)
    bottom = lanes[-1].y + 18
    return Picture(
        lanes=tuple(lanes),
        bands=_bands([one for one in latest if is_doubted(one, found)], scale),
        call_x=scale(opened_at),
        moments=moments_of(times, scale, opened_at, zone, reader_zone),
        since=since,
        detail_from=begins,
        their_zone=zone_name(opened_at, zone),
        our_zone=zone_name(opened_at, reader_zone) if reader_zone != zone else "",
        bottom=bottom,
        height=bottom + (64 if reader_zone != zone else 48),
        summary=_summary(usual, latest, found),
    )


def _acts(entries: Sequence[Entry], account: int) -> list[Entry]:
    shown = words()
    acts = (one for one in entries if one.actor == account and one.action in shown and one.browser)
    return sorted(acts, key=lambda one: (one.occurred_at, one.id))


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


def _summary(usual: Sequence[Entry], latest: Sequence[Entry], found: Findings) -> str:
    """What the picture shows, for who cannot see it."""
    lived = ngettext(
        "Used as usual %(count)d time before.", "Used as usual %(count)d times before.", len(usual)
    ) % {"count": len(usual)}
    strange = [one for one in latest if is_doubted(one, found)]
    if not strange:
        return gettext("%(lived)s Nothing suspicious.") % {"lived": lived}
    comma = pgettext("between the parts of a list", ", ")
    return gettext("%(lived)s Then, suspicious: %(acts)s.") % {
        "lived": lived,
        "acts": comma.join(str(words()[one.action]) for one in strange),
    }
