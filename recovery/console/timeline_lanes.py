"""The lanes of the picture of an account: one for each browser and place, with the acts of each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.authenticators import registry
from audit.reading import Entry
from recovery.console.timeline_axis import text_width
from recovery.takeover.findings import Findings

WIDTH = 960
LABELS = 186
USUAL = (LABELS, 404)
TOP = 26
LANE = 42
LEVEL = 16
MAX_USUAL_LANES = 4

SIGN_IN = "sign_in.succeeded"
_WORDS: Mapping[str, str | Promise] = {
    SIGN_IN: _("Sign-in"),
    "sign_in.failed": _("Failed"),
    "credential.email.changed": _("E-mail"),
    "credential.password.changed": _("Password"),
    "credential.notice_address.added": _("Notification address"),
    "credential.notice_address.removed": _("Notification address removed"),
    "credential.contact.added": _("Recovery contact"),
    "credential.contact.removed": _("Recovery contact removed"),
    "credential.change.waiting": _("Change requested"),
}

Lane_ = tuple[str, str]


def words() -> Mapping[str, str | Promise]:
    """The labels of the acts that the picture shows, by their events."""
    return {**_WORDS, **{event.type.name: event.tick for event in registry.events()}}


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


@dataclass
class _Lane:
    key: Lane_
    before: list[Entry] = field(default_factory=list)
    after: list[Entry] = field(default_factory=list)


def is_doubted(entry: Entry, found: Findings) -> bool:
    """Was this done by a doubtful session, or is it a doubtful change?"""
    if str(entry.session or "") in {one.id for one in found.sessions}:
        return True
    return entry.details.get("change") in {one.id for one in found.doubtful}


def drawn(
    usual: Sequence[Entry],
    latest: Sequence[Entry],
    scale: Callable[[datetime], int],
    begins: datetime,
    found: Findings,
) -> list[Lane]:
    """All lanes, from the top of the picture down."""
    since = usual[0].occurred_at if usual else begins
    known = {_key(one) for one in usual}
    lanes: list[Lane] = []
    for lane in _lanes(usual, latest):
        top = lanes[-1].y + 18 if lanes else TOP
        new = bool(known) and lane.key not in known
        lanes.append(_lane(lane, top, scale, since, begins, found, new=new))
    return lanes


def _key(entry: Entry) -> Lane_:
    return (entry.browser, entry.country)


def _lanes(usual: Sequence[Entry], latest: Sequence[Entry]) -> list[_Lane]:
    """The most used first, seldom used ones in one lane of others, then those that are new."""
    counts = Counter(_key(one) for one in usual)
    active = {_key(one) for one in latest}
    ranked = [key for key, _count in counts.most_common()]
    own = [key for at, key in enumerate(ranked) if at < MAX_USUAL_LANES or key in active]
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
            label=str(words()[one.action]),
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
        width = text_width(str(words()[one.action]))
        anchor = "end" if x + width > WIDTH else "start"
        left = x - width if anchor == "end" else x - 4
        level = next((at for at, end in enumerate(ends) if left > end + 8), len(ends))
        ends[level : level + 1] = [left + width]
        placed.append((x, x if anchor == "end" else left, level, anchor, one))
    return placed, len(ends)
