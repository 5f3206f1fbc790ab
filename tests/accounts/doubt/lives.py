"""Small lives for the table of cases: Hanako at home, on her phone, and who else comes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from accounts.doubt.activity import ChangeRow, ItemRow, Life, SessionRow, Trace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = Trace("JP", "126.72.14.0/24", "126.72.0.0/16", "Chrome, Windows", "laptop")
PHONE = Trace("JP", "49.98.140.0/24", "49.98.0.0/16", "Mobile Safari, iOS", "phone")
ABROAD = Trace("NL", "145.100.1.0/24", "145.100.0.0/16", "Firefox, Linux", "thief")
NEARBY = Trace("JP", "60.56.12.0/24", "60.56.0.0/16", "Chrome, Windows", "thief")


@dataclass
class Story:
    """Builds a life act by act; times are days before ``NOW`` as a positive number."""

    sessions: list[SessionRow] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    items: dict[str, ItemRow] = field(default_factory=dict)
    joined_at: datetime = NOW - timedelta(days=200)

    def comes(self, days: float, trace: Trace, *, stays: float = 0.02) -> str:
        at = NOW - timedelta(days=days)
        session = SessionRow(f"s{len(self.sessions)}", at, at + timedelta(days=stays), trace)
        self.sessions.append(session)
        return session.id

    def has(self, key: str, days: float, session: str | None = None) -> None:
        """Bound with the account's making, or at a change that is not in the list."""
        kind = key.partition(":")[0]
        self.items[key] = ItemRow(key, kind, NOW - timedelta(days=days), session=session)

    def changes_it(
        self,
        days: float,
        kind: str,
        *,
        session: str | None,
        trace: Trace,
        gets: str | None = None,
        loses: str | None = None,
        **more: object,
    ) -> int:
        at = NOW - timedelta(days=days)
        if gets:
            self.items[gets] = ItemRow(gets, gets.partition(":")[0], at, session=session)
        if loses:
            self.items[loses] = replace(self.items[loses], removed_at=at)
        change = ChangeRow(
            id=len(self.changes) + 1,
            kind=kind,
            at=at,
            session=session,
            trace=trace,
            bound=(gets,) if gets else (),
            removed=(loses,) if loses else (),
            **{"told_at": at, **more},  # type: ignore[arg-type]
        )
        self.changes.append(change)
        return change.id

    @property
    def life(self) -> Life:
        return Life(self.joined_at, self.sessions, self.changes, list(self.items.values()))


def hanako() -> Story:
    """Two hundred days at home and on her phone, with an app, codes and an address from the first day."""
    story = Story()
    first = story.comes(200, HOME)
    for key in ("email:hers", "totp:hers", "recovery_codes:hers"):
        story.has(key, 200, first)
    for days in (150, 100, 60, 31, 20, 9, 2):
        story.comes(days, HOME)
        story.comes(days - 0.3, PHONE)
    return story
