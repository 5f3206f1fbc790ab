"""How an account is judged in a case: what is doubted and why, what counts as evidence and why.

While the case is open it is judged anew each time. When it ends, the findings are kept with it as plain
values: nothing that happens later changes what a reviewer reads.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import accounts.selectors
from accounts.authenticators.selectors import all_authenticators
from accounts.doubt.judgement import Doubt, Ground
from accounts.doubt.selectors import address_key, authenticator_key
from accounts.doubt.signals import Reason
from accounts.recovery_contacts.selectors import all_contacts
from accounts.rollback.plans import Plan
from recovery.models import Case


@dataclass(frozen=True)
class Change:
    """``before`` and ``after`` are masked; ``chosen``: a restore undoes it; ``strong``: enough to freeze;
    ``in_force``: False where it was stopped before it took effect."""

    id: int
    kind: str
    at: datetime
    session: str
    country: str
    browser: str
    before: str
    after: str
    reasons: tuple[Reason, ...]
    chosen: bool
    strong: bool
    in_force: bool = True


@dataclass(frozen=True)
class Item:
    """An address, authenticator or contact and whether it counts. ``what``: masked, or its name."""

    key: str
    kind: str
    what: str
    bound_at: datetime
    removed_at: datetime | None
    ground: Ground


@dataclass(frozen=True)
class Visit:
    """A doubtful session."""

    id: str
    at: datetime
    until: datetime
    country: str
    browser: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Findings:
    """``strong``: a takeover. ``dispute``: nothing but the claim speaks against the change. ``lost``: an
    authenticator was lost, and nobody knows of a stranger."""

    changes: tuple[Change, ...] = ()
    items: tuple[Item, ...] = ()
    sessions: tuple[Visit, ...] = ()
    strong: bool = False
    dispute: bool = False
    lost: bool = False
    keeps_password: bool = False

    @property
    def doubtful(self) -> tuple[Change, ...]:
        return tuple(one for one in self.changes if one.reasons)

    @property
    def begins(self) -> datetime | None:
        """The first doubtful act: its session's beginning, where it has one."""
        moments = [one.at for one in self.doubtful] + [one.at for one in self.sessions]
        return min(moments, default=None)

    @property
    def ends(self) -> datetime | None:
        moments = [one.at for one in self.doubtful] or [one.until for one in self.sessions]
        return max(moments, default=None)


def of(case: Case, doubt: Doubt, plan: Plan | None, *, only_lost: bool = False) -> Findings:
    """The findings of a case now."""
    if case.account_id is None:
        return Findings()
    traces = {one.change.id: one for one in doubt.changes}
    lines = plan.lines if plan else ()
    seen = accounts.selectors.changes_named([line.id for line in lines])
    changes = []
    for line in lines:
        doubted, row = traces.get(line.id), seen[line.id]
        changes.append(
            Change(
                id=line.id,
                kind=line.kind,
                at=line.at,
                session=str(row.session or ""),
                country=row.country,
                browser=row.browser,
                before=line.before,
                after=line.after,
                reasons=line.reasons,
                chosen=line.chosen,
                strong=bool(doubted and doubted.strong),
                in_force=line.in_force,
            )
        )
    marked = dict.fromkeys(map(str, case.strange_sessions), (Reason.DISOWNED,))
    strange = marked | {key: reasons for key, reasons in doubt.sessions.items() if key not in marked}
    strange |= {key: (*doubt.sessions[key], Reason.DISOWNED) for key in marked if key in doubt.sessions}
    visits = [
        Visit(str(one.id), one.started_at, one.seen_at, one.country, one.browser, strange[str(one.id)])
        for one in accounts.selectors.sessions_of(case.account_id)
        if str(one.id) in strange
    ]
    return Findings(
        changes=tuple(changes),
        items=tuple(_items(case.account_id, doubt)),
        sessions=tuple(sorted(visits, key=lambda one: one.at)),
        strong=doubt.is_strong or bool(marked),
        dispute=doubt.is_dispute,
        lost=only_lost,
        keeps_password=bool(plan and any(step.kind == "password_kept" for step in plan.steps)),
    )


def _items(account_id: int, doubt: Doubt) -> list[Item]:
    items = [
        (address_key(one.id), "email", one.masked, one.bound_at, one.removed_at)
        for one in accounts.selectors.all_addresses(account_id)
    ] + [
        (authenticator_key(one.id), one.kind, one.name, one.bound_at, one.removed_at)
        for one in all_authenticators(account_id)
    ]
    items += [
        (key, "contact", name, bound_at, removed_at)
        for key, name, bound_at, removed_at in all_contacts(account_id)
    ]
    return [Item(*item, doubt.standings[item[0]].ground) for item in items if item[0] in doubt.standings]


def to_json(findings: Findings) -> dict[str, Any]:
    """Plain values, to be kept."""
    plain: dict[str, Any] = _plain(asdict(findings))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


def from_json(kept: dict[str, Any]) -> Findings:
    """What :func:`to_json` kept."""

    def moment(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    def reasons(row: dict[str, Any]) -> tuple[Reason, ...]:
        return tuple(Reason(one) for one in row["reasons"])

    return Findings(
        changes=tuple(
            Change(**{**row, "at": moment(row["at"]), "reasons": reasons(row)}) for row in kept["changes"]
        ),
        items=tuple(
            Item(
                **{
                    **row,
                    "bound_at": moment(row["bound_at"]),
                    "removed_at": moment(row["removed_at"]),
                    "ground": Ground(row["ground"]),
                }
            )
            for row in kept["items"]
        ),
        sessions=tuple(
            Visit(**{**row, "at": moment(row["at"]), "until": moment(row["until"]), "reasons": reasons(row)})
            for row in kept["sessions"]
        ),
        strong=kept["strong"],
        dispute=kept["dispute"],
        lost=kept.get("lost", False),
        keeps_password=kept.get("keeps_password", False),
    )
