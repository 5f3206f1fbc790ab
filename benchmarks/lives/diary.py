"""What was done to an account, act by act: from it come the rows that are judged, and the truth."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from accounts.doubt.activity import ChangeRow, ItemRow, Life, SessionRow, Trace

OWNER, THIEF = "owner", "thief"


@dataclass(frozen=True)
class Act:
    """One thing that somebody did, so that a life can be lived again through other means.

    ``what``: ``joins``, ``signs in`` or the kind of a change. ``session`` is the one that it began or was
    done in. ``gets`` and ``loses`` are keys of items.
    """

    at: datetime
    who: str
    what: str
    trace: Trace
    session: str | None
    gets: str | None = None
    loses: str | None = None


@dataclass
class Diary:
    """Writes a life; ``has`` says what the account holds now, by kind."""

    joined_at: datetime
    acts: list[Act] = field(default_factory=list)
    sessions: dict[str, SessionRow] = field(default_factory=dict)
    changes: list[ChangeRow] = field(default_factory=list)
    items: dict[str, ItemRow] = field(default_factory=dict)
    whose: dict[str, str] = field(default_factory=dict)
    """Whose each session is (who began it), each item (who bound it), each change (``change:ID``)."""

    def has(self, kind: str) -> list[str]:
        return [key for key, item in self.items.items() if item.kind == kind and item.removed_at is None]

    def joins(self, trace: Trace, *, seen: bool) -> None:
        """The account is made with an address, a code app and recovery codes. ``seen``: the first session is
        young enough to be looked at."""
        session = self.signs_in(OWNER, self.joined_at, trace, timedelta(hours=1)) if seen else None
        self.acts.insert(0, Act(self.joined_at, OWNER, "joins", trace, session))
        for kind in ("email", "totp", "recovery_codes"):
            self.bind(OWNER, kind, self.joined_at + timedelta(minutes=10), session)

    def signs_in(self, who: str, at: datetime, trace: Trace, stays: timedelta) -> str:
        key = f"session{len(self.sessions)}"
        self.sessions[key] = SessionRow(key, at, at + stays, trace)
        self.whose[key] = who
        self.acts.append(Act(at, who, "signs in", trace, key))
        return key

    def bind(self, who: str, kind: str, at: datetime, session: str | None) -> str:
        key = f"{kind}:{len(self.items)}"
        self.items[key] = ItemRow(key, kind, at, session=session)
        self.whose[key] = who
        return key

    def change(
        self,
        who: str,
        at: datetime,
        kind: str,
        *,
        session: str | None,
        trace: Trace,
        new_domain: bool = False,
    ) -> str | None:
        """One change of sign-in details; returns the key of what was bound. Notices leave within minutes."""
        what = {"totp_added": "totp", "totp_replaced": "totp", "totp_removed": "totp"}.get(kind, kind)
        old = self.has(what)[-1:] if kind not in ("password", "totp_added") else []
        gets = self.bind(who, what, at, session) if kind not in ("password", "totp_removed") else None
        loses = old[0] if old else None
        if loses:
            self.items[loses] = replace(self.items[loses], removed_at=at)
        if session and self.sessions[session].seen_at < at:
            self.sessions[session] = replace(self.sessions[session], seen_at=at)
        row = ChangeRow(
            id=len(self.changes) + 1,
            kind=kind,
            at=at,
            session=session,
            trace=trace,
            told_at=at + timedelta(minutes=2),
            bound=(gets,) if gets else (),
            removed=(loses,) if loses else (),
            new_domain=new_domain,
        )
        self.changes.append(row)
        self.whose[f"change:{row.id}"] = who
        self.acts.append(Act(at, who, kind, trace, session, gets, loses))
        return gets

    def whose_took(self, key: str) -> str | None:
        """Who removed that item."""
        return next((act.who for act in self.acts if act.loses == key), None)

    def life(self) -> Life:
        return Life(
            self.joined_at, tuple(self.sessions.values()), tuple(self.changes), tuple(self.items.values())
        )
