"""Finding the takeover window in what is known of an account. Plain Python, no database.

A window begins with the first act of a session that came from a country the account was never used
from, or from a browser it was never used with, when that session went on to change how the account is
signed in to. It ends with the last thing done by such a session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LOOK_BACK = timedelta(days=30)
"""Older takeovers are nothing that can be undone: what undo needs is shredded after 30 days."""

SETTLED = timedelta(days=7)
"""After so long, an owner who went on signing in as usual has shown that a strange change was their own."""

ONE_BURST = timedelta(hours=72)
"""Strange sessions that follow each other within this time belong to one takeover."""


@dataclass(frozen=True)
class Act:
    """A sign-in, or a change of sign-in details (``is_change``), by one session."""

    at: datetime
    session: str
    country: str
    browser: str
    is_change: bool


@dataclass(frozen=True)
class Window:
    start: datetime
    end: datetime
    sessions: frozenset[str]


@dataclass
class _Strange:
    session: str
    first: datetime
    last: datetime
    changed: bool
    seen_before: frozenset[tuple[str, str]]


def find(acts: Iterable[Act], *, now: datetime) -> Window | None:
    """The takeover window in ``acts`` (any order), or None where nothing looks like one.

    An account's very first sign-in is usual by definition: there is nothing to compare it with.
    """
    ordered = sorted(acts, key=lambda act: act.at)
    strange = _strange_sessions(ordered)
    suspects = [
        one
        for one in strange.values()
        if one.changed and one.first >= now - LOOK_BACK and not _owner_went_on(one, ordered, strange, now)
    ]
    if not suspects:
        return None
    suspects.sort(key=lambda one: one.first)
    burst = [suspects[-1]]
    for earlier in reversed(suspects[:-1]):
        if burst[0].first - earlier.last > ONE_BURST:
            break
        burst.insert(0, earlier)
    start = burst[0].first
    inside = [one for one in strange.values() if one.first >= start]
    return Window(
        start=start,
        end=max(one.last for one in inside),
        sessions=frozenset(one.session for one in inside),
    )


def _strange_sessions(ordered: Sequence[Act]) -> dict[str, _Strange]:
    """Every session that began in a new country or a new browser, with what was usual until then."""
    usual: set[tuple[str, str]] = set()
    strange: dict[str, _Strange] = {}
    harmless: dict[tuple[str, str], _Strange] = {}
    for act in ordered:
        place = (act.country, act.browser)
        known = strange.get(act.session)
        before = harmless.get(place)
        if before and not before.changed and act.at - before.first > SETTLED:
            usual.add(place)
        if known:
            known.last = act.at
            known.changed = known.changed or act.is_change
        elif usual and _is_new(act, usual):
            begun = _Strange(act.session, act.at, act.at, act.is_change, frozenset(usual))
            strange[act.session] = begun
            harmless.setdefault(place, begun)
        else:
            usual.add(place)
    return strange


def _is_new(act: Act, usual: set[tuple[str, str]]) -> bool:
    countries = {country for country, _ in usual if country}
    browsers = {browser for _, browser in usual if browser}
    return bool(
        (act.country and countries and act.country not in countries)
        or (act.browser and browsers and act.browser not in browsers)
    )


def _owner_went_on(
    one: _Strange, ordered: Sequence[Act], strange: dict[str, _Strange], now: datetime
) -> bool:
    """Long ago, and the browsers and places of before went on signing in: a new phone, not a thief."""
    if now - one.last < SETTLED:
        return False
    return any(
        not act.is_change
        and act.at > one.last
        and act.session not in strange
        and (act.country, act.browser) in one.seen_before
        for act in ordered
    )
