"""*What happened here*: the last 30 days of an account as its owner sees them, on one page.

Where it was used and when, one lane for each browser and country, with what was changed from there; who is
signed in; what can still be undone. What is doubted stands out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts import selectors
from accounts.authenticators import registry
from accounts.doubt.activity import Life, SessionRow
from accounts.doubt.judgement import Doubt
from accounts.doubt.selectors import doubt_about, life_of
from accounts.selectors import ChangeSeen, FreezeSeen, SessionSeen
from accounts.states import OPEN_CHANGE, ChangeState
from audit import reading
from common import clock
from common.once import reading as reading_once

DAYS = 30
WIDTH = 600
"""Of a lane's strip, in units of the drawing."""
MAX_LANES = 6
MAX_CHANGES = 20
MAX_SESSIONS = 5

Where = tuple[str, str]


@dataclass(frozen=True)
class Mark:
    """A sign-in (``what`` is "") or a change, ``x`` units from the left."""

    x: int
    what: str
    doubted: bool


@dataclass(frozen=True)
class Lane:
    """One browser in one country. ``others``: how many more there are, in one lane."""

    browser: str
    country: str
    others: int
    sign_ins: int
    last_at: datetime
    here: bool
    doubted: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Change:
    """``can_object``: *This was not me* can still be said of it."""

    seen: ChangeSeen
    doubted: bool
    can_object: bool


@dataclass(frozen=True)
class Activity:
    since: datetime
    until: datetime
    lanes: Sequence[Lane]
    failed: Sequence[reading.Tally]
    sessions: Sequence[SessionSeen]
    more_sessions: int
    methods: Sequence[tuple[str, int]]
    changes: Sequence[Change]
    more_changes: int
    waiting_changes: Sequence[ChangeSeen]
    freezes: Sequence[FreezeSeen]
    is_doubted: bool


def activity(user_id: int, here: UUID) -> Activity:
    now = clock.now()
    since = now - timedelta(days=DAYS)
    with reading_once():
        doubt = doubt_about(user_id)
        changes = selectors.changes_since(user_id, since)[::-1]
        sessions = sorted(selectors.open_sessions(user_id), key=lambda one: one.id != here)
        life = life_of(user_id)
    visits = [one for one in life.sessions if one.seen_at >= since]
    return Activity(
        since=since,
        until=now,
        lanes=_lanes(visits, changes, doubt, since, str(here)),
        failed=reading.tally(user_id, "sign_in.failed", since),
        sessions=sessions[:MAX_SESSIONS],
        more_sessions=max(0, len(sessions) - MAX_SESSIONS),
        methods=_methods(life),
        changes=[_change(one, doubt) for one in changes[:MAX_CHANGES]],
        more_changes=max(0, len(changes) - MAX_CHANGES),
        waiting_changes=[one for one in changes if one.state == ChangeState.PENDING],
        freezes=selectors.active_freezes(user_id),
        is_doubted=doubt.is_strong,
    )


def _change(seen: ChangeSeen, doubt: Doubt) -> Change:
    return Change(seen, seen.id in doubt.change_ids, seen.state in OPEN_CHANGE)


def _methods(life: Life) -> list[tuple[str, int]]:
    """What each kind is called, and how many of it are bound."""
    bound = [one.kind for one in life.items if one.removed_at is None]
    counts = [(kind, bound.count(kind.kind)) for kind in registry.KINDS]
    return [(str(kind.words.label), count) for kind, count in counts if count]


def _lanes(
    visits: Sequence[SessionRow],
    changes: Sequence[ChangeSeen],
    doubt: Doubt,
    since: datetime,
    here: str,
) -> list[Lane]:
    """The lane used last comes first; what is seldom used shares the last one."""
    by_place: dict[Where, list[SessionRow]] = {}
    for visit in sorted(visits, key=lambda one: one.seen_at, reverse=True):
        by_place.setdefault((visit.trace.browser, visit.trace.country), []).append(visit)
    places = list(by_place)
    own, rest = places[:MAX_LANES], places[MAX_LANES:]
    groups = [[place] for place in own] + ([rest] if rest else [])
    return [_lane(group, by_place, changes, doubt, since, here) for group in groups]


def _lane(
    group: Sequence[Where],
    by_place: dict[Where, list[SessionRow]],
    changes: Sequence[ChangeSeen],
    doubt: Doubt,
    since: datetime,
    here: str,
) -> Lane:
    visits = [visit for place in group for visit in by_place[place]]
    came = {_x(max(one.at, since), since): one.id in doubt.sessions for one in visits}
    marks = [Mark(x, "", doubted) for x, doubted in sorted(came.items())]
    marks += [
        Mark(_x(one.at, since), one.kind, one.id in doubt.change_ids)
        for one in changes
        if (one.browser, one.country) in group
    ]
    return Lane(
        browser=group[0][0] if len(group) == 1 else "",
        country=group[0][1] if len(group) == 1 else "",
        others=len(group) if len(group) > 1 else 0,
        sign_ins=len(visits),
        last_at=max(one.seen_at for one in visits),
        here=any(one.id == here for one in visits),
        doubted=any(one.id in doubt.sessions for one in visits),
        marks=tuple(marks),
    )


def _x(at: datetime, since: datetime) -> int:
    """In steps of four units: what lies on one spot is drawn once."""
    share = (at - since) / timedelta(days=DAYS)
    return 4 + round((WIDTH - 8) * min(max(share, 0.0), 1.0) / 4) * 4
