"""The judgement in words, for an agent at midnight and a reviewer next week.

Each doubtful change with what it made of what and what speaks against it; each address and authenticator
with whether it counts, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doubt.judgement import COUNTS
from accounts.doubt.words import GROUNDS, REASONS
from common.text import isolate
from recovery.takeover.findings import Change, Findings, Item

KINDS: dict[str, Promise] = {
    "email": gettext_lazy("E-mail address"),
    "password": gettext_lazy("Password"),
    "totp_added": gettext_lazy("Authenticator app added"),
    "totp_removed": gettext_lazy("Authenticator app removed"),
    "totp_replaced": gettext_lazy("Authenticator app replaced"),
    "recovery_codes": gettext_lazy("Recovery codes"),
}
NAMED = ("email", "totp_added", "totp_removed", "totp_replaced")


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
    named = change.kind in NAMED
    return ChangeRow(
        id=change.id,
        what=str(KINDS[change.kind]),
        at=change.at,
        country=change.country,
        browser=change.browser,
        before=isolate(change.before) if named and change.before else _before(change.kind),
        after=isolate(change.after) if named and change.after else _after(change.kind),
        reasons=tuple(str(REASONS[reason]) for reason in change.reasons),
        chosen=change.chosen,
        strong=change.strong,
    )


def _before(kind: str) -> str:
    return "" if kind == "totp_added" else _("the previous one")


def _after(kind: str) -> str:
    return "" if kind == "totp_removed" else _("a new one")


def _proof(item: Item) -> Proof:
    if item.kind == "email":
        what = isolate(item.what)
    elif item.kind == "recovery_codes":
        what = _("Recovery codes")
    else:
        name = isolate(item.what) if item.what else ""
        what = _("Authenticator app: %(name)s") % {"name": name} if name else _("Authenticator app")
    return Proof(what, item.bound_at, item.removed_at, item.ground in COUNTS, str(GROUNDS[item.ground]))
