"""The judgement in words, for an agent at midnight and a reviewer next week.

Each doubtful change with what it made of what and what speaks against it; each address and authenticator
with whether it counts, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts import change_types
from accounts.authenticators import registry
from accounts.doubt.judgement import COUNTS
from accounts.doubt.words import GROUNDS, REASONS
from common.text import isolate
from recovery.takeover.findings import Change, Findings, Item


@dataclass(frozen=True)
class ChangeRow:
    """A change as *before* and *after*. ``chosen``: a restore undoes it."""

    id: int
    what: str
    at: datetime
    country: str
    browser: str
    before: str
    after: str
    reasons: tuple[str, ...]
    chosen: bool
    strong: bool


@dataclass(frozen=True)
class Proof:
    what: str
    bound_at: datetime
    removed_at: datetime | None
    counts: bool
    why: str


@dataclass(frozen=True)
class Why:
    """``others``: changes of the last 30 days that nothing speaks against."""

    doubtful: Sequence[ChangeRow]
    others: Sequence[ChangeRow]
    items: Sequence[Proof]

    @property
    def undone(self) -> list[ChangeRow]:
        return [row for row in (*self.doubtful, *self.others) if row.chosen]

    @property
    def staying(self) -> list[ChangeRow]:
        return [row for row in (*self.doubtful, *self.others) if not row.chosen]


def why(found: Findings) -> Why:
    rows = [_row(one) for one in found.changes]
    return Why(
        doubtful=[row for row in rows if row.reasons],
        others=[row for row in rows if not row.reasons],
        items=[_proof(one) for one in found.items],
    )


def _row(change: Change) -> ChangeRow:
    words = change_types.by_kind(change.kind)
    after = isolate(change.after) if change.after else str(words.after)
    if not change.in_force:
        after = _("%(after)s: stopped before it took effect") % {"after": after or _("Nothing")}
    return ChangeRow(
        id=change.id,
        what=str(words.desk),
        at=change.at,
        country=change.country,
        browser=change.browser,
        before=isolate(change.before) if change.before else str(words.before),
        after=after,
        reasons=tuple(str(REASONS[reason]) for reason in change.reasons),
        chosen=change.chosen,
        strong=change.strong,
    )


def _proof(item: Item) -> Proof:
    if item.kind == "contact":
        what = _("Recovery contact %(name)s") % {"name": isolate(item.what)}
    elif item.kind == "email":
        what = isolate(item.what)
    else:
        what = registry.by_kind(item.kind).words.item(item.what)
    return Proof(what, item.bound_at, item.removed_at, item.ground in COUNTS, str(GROUNDS[item.ground]))
