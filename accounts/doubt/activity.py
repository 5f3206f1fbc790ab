"""The life of one account as plain rows, and what was usual in it at any moment. No Django, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

UNDO_PERIOD = timedelta(days=30)
"""What is older cannot be undone any more; a stranger who kept quiet for so long looks like the owner."""

QUARANTINE = timedelta(hours=72)
"""So long after somebody came in as usual, what was new about them is usual too."""

FOUNDING = timedelta(hours=1)
FIRST_DAY = timedelta(hours=24)
ACTIVE = timedelta(hours=2)
"""A session that was used within this time of another act was in use at the same time."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a request shows of where it comes from; each part is "" where it is not known.

    ``near`` is its /24 or /48, ``wide`` its /16 or /32: about one provider, where no table of them is at
    hand. ``browser`` is a family (``Chrome, Windows``), ``device`` the fingerprint of the browser's cookie.
    """

    country: str = ""
    near: str = ""
    wide: str = ""
    browser: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session with both factors: from when to when it was used, and where it came from at first.

    ``disowned``: its owner has said that it was not theirs.
    """

    id: str
    at: datetime
    seen_at: datetime
    trace: Trace
    disowned: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change of sign-in details. ``trace`` is that of the request which made it.

    ``session`` is the one that asked for it, whichever browser confirmed it; None where nobody was signed
    in. ``state`` as in ``accounts.states``. ``told_at``: when the notices to the addresses of before were
    handed to the mail server. ``bound`` and ``removed`` are keys of items.
    """

    id: int
    kind: str
    at: datetime
    session: str | None
    trace: Trace
    state: str = "applied"
    told_at: datetime | None = None
    bound: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    new_domain: bool = False

    @property
    def what(self) -> str:
        """Which kind of details: ``email``, ``password``, ``notice``, ``contact`` or ``factor``."""
        for what in ("email", "password", "notice", "contact"):
            if self.kind.startswith(what):
                return what
        return "factor"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An address, an authenticator or a recovery contact.

    ``checkable``: its key is still there, codes of it are unused, the contact has accepted.
    """

    key: str
    kind: str
    bound_at: datetime
    removed_at: datetime | None = None
    session: str | None = None
    rejected: bool = False
    checkable: bool = True

    @property
    def is_factor(self) -> bool:
        return self.kind not in ("email", "contact")


@dataclass(frozen=True, slots=True)
class Life:
    """All that the judgement looks at, in any order."""

    joined_at: datetime
    sessions: Sequence[SessionRow] = ()
    changes: Sequence[ChangeRow] = ()
    items: Sequence[ItemRow] = ()

    def first_session(self) -> str | None:
        first = min(self.sessions, key=lambda one: one.at, default=None)
        return first.id if first and first.at <= self.joined_at + FIRST_DAY else None

    def is_founding(self, at: datetime, session: str | None) -> bool:
        """Was this there when the account was made, or bound in its first session on its first day?"""
        if at <= self.joined_at + FOUNDING:
            return True
        return session is not None and session == self.first_session() and at <= self.joined_at + FIRST_DAY


_NEVER = datetime.max.replace(tzinfo=UTC)
_PARTS = ("country", "near", "wide", "browser", "device")


class Usual:
    """Since when each country, network, browser and device has been usual for the account.

    The first session founds what is usual. Who comes in a device that is usual comes as usual: what is new
    about them is usual after 72 hours, but for a country. What anybody else brings, and every new country,
    takes 30 days, also from a usual network: a carrier puts thousands behind one, and a stranger among them
    needs only to wait. What the owner confirmed is usual at once; what was undone never is.
    """

    def __init__(
        self, sessions: Iterable[SessionRow], *, confirmed: frozenset[str], disowned: frozenset[str]
    ) -> None:
        self._since: dict[str, dict[str, datetime]] = {part: {} for part in _PARTS}
        self.sessions = sorted(sessions, key=lambda one: one.at)
        self.own = [one for one in self.sessions if one.id not in disowned]
        first = True
        for session in self.own:
            if first or session.id in confirmed:
                delay, abroad = timedelta(0), timedelta(0)
            elif self.knows_device(session.trace, session.at):
                delay, abroad = QUARANTINE, UNDO_PERIOD
            else:
                delay = abroad = UNDO_PERIOD
            self._learn(session.trace, session.at + delay, session.at + abroad)
            first = False

    def _learn(self, trace: Trace, usual_at: datetime, country_at: datetime) -> None:
        for part, since in self._since.items():
            value = getattr(trace, part)
            at = country_at if part == "country" else usual_at
            if value and at < since.get(value, _NEVER):
                since[value] = at

    def has(self, part: str, value: str, at: datetime) -> bool:
        return self._since[part].get(value, _NEVER) <= at

    def knows_any(self, part: str, at: datetime) -> bool:
        return any(since <= at for since in self._since[part].values())

    def is_strange(self, part: str, value: str, at: datetime) -> bool:
        """Known, and not among what was usual then; where nothing is known nothing is strange."""
        return bool(value) and self.knows_any(part, at) and not self.has(part, value, at)

    def knows_device(self, trace: Trace, at: datetime) -> bool:
        """Is this the owner's browser? Where no cookie was ever seen: a usual family in a usual network."""
        if self.knows_any("device", at):
            return bool(trace.device) and self.has("device", trace.device, at)
        return self.has("browser", trace.browser, at) and self.has("near", trace.near, at)

    def is_at_home(self, trace: Trace, at: datetime) -> bool:
        return self.has("near", trace.near, at) and not self.is_strange("country", trace.country, at)
