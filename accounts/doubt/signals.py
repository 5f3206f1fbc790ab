"""What makes a change doubtful: each signal a small function with its reason. No Django, no database.

Reasons of one kind do not add up to two independent ones; ``POINTS`` says how much each weighs. What was
done weighs only beside where it came from: an owner may replace everything in one evening at home.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.doubt.activity import ACTIVE, ChangeRow, ItemRow, Trace, Usual

WITHIN_MINUTES = timedelta(minutes=15)
YOUNG_SESSION = timedelta(minutes=15)


class Reason(StrEnum):
    """Why a change or a session is doubted; in words in ``accounts.doubt.words``."""

    COUNTRY = "country"
    NETWORK = "network"
    TRAVEL = "travel"
    TWO_PLACES = "two_places"
    BROWSER = "browser"
    NO_LINEAGE = "no_lineage"
    UNATTRIBUTED = "unattributed"
    ALL_FACTORS = "all_factors"
    SEVERAL_KINDS = "several_kinds"
    NEW_DOMAIN = "new_domain"
    YOUNG_SESSION = "young_session"
    DOUBTFUL_SESSION = "doubtful_session"
    LIKE_ANOTHER = "like_another"
    OBJECTED = "objected"
    DISOWNED = "disowned"


PLACE, MOVEMENT, BROWSER, NOBODY, DEED = "place", "movement", "browser", "nobody", "deed"

POINTS: dict[Reason, tuple[str, int]] = {
    Reason.COUNTRY: (PLACE, 2),
    Reason.NETWORK: (PLACE, 1),
    Reason.TRAVEL: (MOVEMENT, 2),
    Reason.TWO_PLACES: (MOVEMENT, 2),
    Reason.BROWSER: (BROWSER, 2),
    Reason.NO_LINEAGE: (BROWSER, 1),
    Reason.UNATTRIBUTED: (NOBODY, 1),
    Reason.ALL_FACTORS: (DEED, 1),
    Reason.SEVERAL_KINDS: (DEED, 1),
    Reason.NEW_DOMAIN: (DEED, 1),
}
AWAY = frozenset({Reason.COUNTRY, Reason.TRAVEL, Reason.TWO_PLACES})
STRANGE = frozenset(reason for reason, (kind, _points) in POINTS.items() if kind != DEED)
"""Where it came from, how and by whom: each of these alone makes a change doubtful, if not strongly."""

KNOWN_DEVICE, AT_HOME = 2, 1
"""What the owner's own browser, and a usual network, take from the sum."""
STRONG = 4
DISPUTABLE = 2
"""Below this many points a change is as the owner would have made it herself."""


@dataclass(frozen=True)
class Strangeness:
    """The reasons that speak against where an act came from, and what speaks for it, in points."""

    reasons: frozenset[Reason]
    credit: int

    @property
    def points(self) -> int:
        return points(self.reasons, self.credit)


def points(reasons: Iterable[Reason], credit: int) -> int:
    """The sum: of each kind but deeds only the heaviest reason counts."""
    heaviest: dict[str, int] = {}
    deeds = 0
    for reason in reasons:
        kind, weight = POINTS.get(reason, ("", 0))
        if kind == DEED:
            deeds += weight
        else:
            heaviest[kind] = max(heaviest.get(kind, 0), weight)
    return max(sum(heaviest.values()) + deeds - credit, 0)


def kinds(reasons: Iterable[Reason]) -> set[str]:
    return {POINTS[reason][0] for reason in reasons if reason in POINTS}


def strangeness(trace: Trace, at: datetime, usual: Usual) -> Strangeness:
    """What is strange about where an act of this moment came from."""
    known = usual.knows_device(trace, at)
    credit = (KNOWN_DEVICE if known else 0) + (AT_HOME if usual.is_at_home(trace, at) else 0)
    found = [place(trace, at, usual), movement(trace, at, usual), browser(trace, at, usual, known=known)]
    return Strangeness(frozenset(reason for reason in found if reason), credit)


def place(trace: Trace, at: datetime, usual: Usual) -> Reason | None:
    if usual.is_strange("country", trace.country, at):
        return Reason.COUNTRY
    if usual.is_strange("near", trace.near, at) and usual.is_strange("wide", trace.wide, at):
        return Reason.NETWORK
    return None


def movement(trace: Trace, at: datetime, usual: Usual) -> Reason | None:
    """Was the account used in a usual country within two hours, while this came from another one?"""
    if not usual.is_strange("country", trace.country, at):
        return None
    for one in reversed(usual.sessions):
        if one.at > at + ACTIVE:
            continue
        if one.at < at - timedelta(days=1):
            break
        near_in_time = one.at - ACTIVE <= at <= one.seen_at + ACTIVE
        if near_in_time and usual.has("country", one.trace.country, at):
            return Reason.TWO_PLACES if one.at <= at <= one.seen_at else Reason.TRAVEL
    return None


def browser(trace: Trace, at: datetime, usual: Usual, *, known: bool) -> Reason | None:
    if known:
        return None
    if usual.is_strange("browser", trace.browser, at):
        return Reason.BROWSER
    return Reason.NO_LINEAGE if usual.knows_any("browser", at) else None


def deeds(change: ChangeRow, doubted: Sequence[ChangeRow], items: Sequence[ItemRow]) -> Iterator[Reason]:
    """What was done with all doubted changes together, as far as ``change`` is part of it."""
    if change.new_domain:
        yield Reason.NEW_DOMAIN
    if len({one.what for one in doubted}) > 1:
        yield Reason.SEVERAL_KINDS
    if change.what == "factor" and _replaces_all(doubted, items):
        yield Reason.ALL_FACTORS


def _replaces_all(doubted: Sequence[ChangeRow], items: Sequence[ItemRow]) -> bool:
    """Did every authenticator go, more than one, within minutes?"""
    went = {key: one.at for one in doubted if one.what == "factor" for key in one.removed}
    if len(went) < 2 or max(went.values()) - min(went.values()) > WITHIN_MINUTES:
        return False
    before = min(went.values())
    had = {
        item.key
        for item in items
        if item.is_factor
        and item.bound_at < before
        and (item.removed_at is None or item.removed_at >= before)
    }
    return had <= set(went)
