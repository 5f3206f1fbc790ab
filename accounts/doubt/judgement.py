"""One doubt about an account, for everybody who asks: the desk, *This was not me*, freezes, notices, sign-in.

:func:`judge` looks at plain rows and says which changes and sessions are doubtful, each with its reasons, and
of each address and authenticator whether it counts as the owner's, and why.

What it can see: where each change came from, compared with what was usual for the account until then; what
was done together; what the owner has said about it. A stranger in another country, or in a browser that the
account does not know, is doubted with the first change, also when the changes are days apart, are made in
several sessions, in a stolen session, or are confirmed elsewhere. All changes of 30 days are looked at.

What it cannot see: who sits at the owner's own browser at home. A stranger who signs in and changes nothing
for 30 days becomes usual. Against both stand the notices of each change to the addresses of before, what the
owner says at the desk (the claim), and that an older item wins over a younger one.

Errors are wanted in different directions, so the answers differ in strength: one weak signal already keeps
an item from being evidence and puts its change into the plan of a restore; to freeze takes at least two
independent signals, an objection, or a claim that was proved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.doubt import signals
from accounts.doubt.activity import UNDO_PERIOD, ChangeRow, ItemRow, Life, SessionRow, Trace, Usual
from accounts.doubt.signals import AWAY, DISPUTABLE, STRANGE, STRONG, Reason, Strangeness

OLD_ENOUGH = timedelta(hours=72)
"""What is younger than this at the request is no evidence, whatever else is known."""


class Ground(StrEnum):
    """Why an item counts, or does not; in words in ``accounts.doubt.words``."""

    FOUNDING = "founding"
    OLD = "old"
    REMOVED_LATELY = "removed_lately"

    TOO_YOUNG = "too_young"
    DOUBTFUL = "doubtful"
    AFTER_CLAIM = "after_claim"
    REJECTED = "rejected"
    GONE = "gone"
    GIVEN_UP = "given_up"
    USED_UP = "used_up"


_STRANGERS = frozenset({Ground.DOUBTFUL, Ground.REJECTED, Ground.AFTER_CLAIM})
COUNTS = frozenset({Ground.FOUNDING, Ground.OLD, Ground.REMOVED_LATELY})


@dataclass(frozen=True)
class Claim:
    """What somebody says about the account.

    ``items``: what they name or show as theirs though it was removed. ``disowned``: changes that they say
    they did not make. ``proved``: they have shown enough for the account to be given to them.
    """

    items: frozenset[str] = frozenset()
    disowned: frozenset[int] = frozenset()
    proved: bool = False


NO_CLAIM = Claim()


@dataclass(frozen=True)
class DoubtfulChange:
    """``found``: by at least two independent signals. ``strong``: enough to freeze, also by an objection or
    a proved claim. ``disputed``: disowned by the claim, with nothing strange about it."""

    change: ChangeRow
    reasons: tuple[Reason, ...]
    found: bool
    strong: bool
    disputed: bool


@dataclass(frozen=True)
class Standing:
    item: ItemRow
    ground: Ground

    @property
    def counts(self) -> bool:
        return self.ground in COUNTS


@dataclass(frozen=True)
class Doubt:
    """``changes`` oldest first; ``sessions`` with their reasons; ``standings`` by the key of the item."""

    changes: tuple[DoubtfulChange, ...] = ()
    sessions: dict[str, tuple[Reason, ...]] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)

    @property
    def is_strong(self) -> bool:
        return any(one.strong for one in self.changes)

    @property
    def is_dispute(self) -> bool:
        """Two people who both were the owner may stand against each other: nothing but the claim is new."""
        return any(one.disputed for one in self.changes) and not any(one.found for one in self.changes)

    @property
    def change_ids(self) -> frozenset[int]:
        return frozenset(one.change.id for one in self.changes)

    @property
    def disputed_ids(self) -> list[int]:
        """The changes that are disputed, and those made in the same sessions."""
        sessions = {one.change.session for one in self.changes if one.disputed and one.change.session}
        return [one.change.id for one in self.changes if one.disputed or one.change.session in sessions]

    def counts(self, key: str) -> bool:
        standing = self.standings.get(key)
        return standing is not None and standing.counts

    def is_doubtful(self, key: str) -> bool:
        """Bound by a doubtful change or session: it is told nothing, and signs in to no frozen account."""
        standing = self.standings.get(key)
        return standing is not None and standing.ground in _STRANGERS


def judge(life: Life, *, asked_at: datetime, claim: Claim = NO_CLAIM) -> Doubt:
    """The doubt about ``life`` for a request made at ``asked_at``."""
    return _Judge(life, asked_at, claim).doubt()


def strange_sessions(life: Life, *, asked_at: datetime) -> dict[str, tuple[Reason, ...]]:
    """What is strange about where sessions of the last 30 days came from, whatever they did."""
    judge = _Judge(life, asked_at, NO_CLAIM)
    found = {one.id: judge.strange_session(one) for one in life.sessions}
    return {key: _in_order(strange.reasons) for key, strange in found.items() if strange}


@dataclass
class _Suspect:
    """An open change with what speaks against it so far."""

    change: ChangeRow
    credit: int
    reasons: set[Reason]
    found: bool = False
    strong: bool = False

    def weigh(self, *, proved: bool) -> None:
        enough = signals.points(self.reasons, self.credit) >= STRONG
        self.found = enough and len(signals.kinds(self.reasons)) > 1
        said = Reason.OBJECTED in self.reasons or (proved and Reason.DISOWNED in self.reasons)
        self.strong = self.found or said

    @property
    def is_said(self) -> bool:
        """Somebody has said that they did not do it."""
        return bool(self.reasons & {Reason.OBJECTED, Reason.DISOWNED})

    @property
    def is_disputed(self) -> bool:
        """Disowned though made as the owner would have made it, and there is something to hand over."""
        if Reason.DISOWNED not in self.reasons or not (self.change.bound or self.change.removed):
            return False
        own = self.reasons & STRANGE
        return not own & AWAY and signals.points(own, self.credit) < DISPUTABLE


class _Judge:
    """One judgement: the steps of :func:`judge` over what they share."""

    def __init__(self, life: Life, asked_at: datetime, claim: Claim) -> None:
        self.life, self.asked_at, self.claim = life, asked_at, claim
        confirmed = frozenset(c.session for c in life.changes if c.session and c.state == "kept")
        disowned = frozenset(
            c.session for c in life.changes if c.session and c.state in ("undone", "objected")
        )
        disowned |= {one.id for one in life.sessions if one.disowned} - confirmed
        self.usual = Usual(life.sessions, confirmed=confirmed - disowned, disowned=disowned)
        self.sessions = {one.id: one for one in life.sessions}
        # What was lost more than 30 days ago is nothing to claim any more.
        self.claimed = {
            item.key: item.removed_at
            for item in life.items
            if item.key in claim.items
            and item.removed_at is not None
            and item.removed_at >= asked_at - UNDO_PERIOD
        }
        self.claimed_address_at = min(
            (at for key, at in self.claimed.items() if key.startswith("email:")), default=None
        )
        self.settled: set[int] = set()

    def doubt(self) -> Doubt:
        suspects = self._suspects()
        doubted = [one for one in suspects if one.reasons]
        self._add_deeds(doubted)
        for one in doubted:
            one.weigh(proved=self.claim.proved)
        self._spread(suspects)
        sessions = self._sessions(suspects)
        found = tuple(
            DoubtfulChange(one.change, _in_order(one.reasons), one.found, one.strong, one.is_disputed)
            for one in suspects
            if one.reasons
        )
        return Doubt(found, sessions, self._standings(found, sessions))

    def _suspects(self) -> list[_Suspect]:
        """Changes that nothing has settled, with what is strange about each; the oldest first.

        An owner who is told can object for 30 days. Days after a later doubtful change are none of them: it
        may have locked her out, so that a stranger gains nothing by what she could not answer.
        """
        suspects = []
        silent_from = self.asked_at
        for change in sorted(self.life.changes, key=lambda one: (one.at, one.id), reverse=True):
            over = change.state in ("applied", "stopped") and _is_over(change.told_at, silent_from)
            if change.state in ("kept", "undone", "cancelled") or over or self._is_founding(change):
                self.settled.add(change.id)
                continue
            suspect = self._suspect(change)
            suspects.append(suspect)
            if suspect.reasons:
                silent_from = min(silent_from, change.at)
        return suspects[::-1]

    def _is_founding(self, change: ChangeRow) -> bool:
        return self.life.is_founding(change.at, change.session)

    def _suspect(self, change: ChangeRow) -> _Suspect:
        """What is strange about the request that made it, and about the session that asked for it."""
        strange = signals.strangeness(change.trace, change.at, self.usual)
        reasons, credit = set(strange.reasons), strange.credit
        session = self.sessions.get(change.session or "")
        if session is not None:
            began = signals.strangeness(session.trace, session.at, self.usual)
            reasons, credit = reasons | began.reasons, min(credit, began.credit)
        elif change.what != "password" and not self.usual.knows_device(change.trace, change.at):
            # A password is set by a mailed link without a session, by every owner who forgot it too.
            reasons.add(Reason.UNATTRIBUTED)
        if reasons and session is not None and change.at - session.at <= signals.YOUNG_SESSION:
            reasons.add(Reason.YOUNG_SESSION)
        if change.state == "objected":
            reasons.add(Reason.OBJECTED)
        if self._is_disowned(change):
            reasons.add(Reason.DISOWNED)
        return _Suspect(change, credit, reasons)

    def _is_disowned(self, change: ChangeRow) -> bool:
        """Named by the claim, or it took what is claimed; a later change of a claimed address goes too."""
        if change.id in self.claim.disowned or set(self.claimed) & set(change.removed):
            return True
        lost_at = self.claimed_address_at
        return lost_at is not None and change.kind == "email" and change.at >= lost_at

    def _add_deeds(self, doubted: Sequence[_Suspect]) -> None:
        """What was done in all strange changes together: an owner's own evening at home adds nothing."""
        strange = [one for one in doubted if one.reasons & STRANGE]
        changes = [one.change for one in strange]
        for one in strange:
            one.reasons |= set(signals.deeds(one.change, changes, self.life.items))

    def _spread(self, suspects: Sequence[_Suspect]) -> None:
        """A strong or claimed doubt takes in what came from the same session, device or strange place."""
        waiting = [one for one in suspects if one.strong or one.is_said]
        while waiting:
            one = waiting.pop()
            for other in suspects:
                reason = _shared(one, other)
                if reason is None:
                    continue
                if other.reasons and other.found >= one.found and other.strong >= one.strong:
                    continue
                other.reasons.add(reason)
                other.found, other.strong = other.found or one.found, other.strong or one.strong
                waiting.append(other)

    def _sessions(self, suspects: Sequence[_Suspect]) -> dict[str, tuple[Reason, ...]]:
        """Those of doubtful changes; where the doubt is strong, also strange ones that changed nothing."""
        found: dict[str, set[Reason]] = {}
        for one in suspects:
            if one.reasons and one.change.session:
                found.setdefault(one.change.session, set()).update(one.reasons)
        strong = [one.change for one in suspects if one.strong]
        began = min((one.at for one in strong), default=self.asked_at)
        for session in self.life.sessions if strong else ():
            strange = self.strange_session(session)
            if strange is None or session.id in found:
                continue
            # Before it, an owner's phone on a new network is strange too; since then, who comes in strangely
            # does so by what was changed.
            alike = any(_same_origin(session.trace, one.trace) for one in strong)
            if session.at >= began or strange.points >= STRONG or alike:
                found[session.id] = set(strange.reasons)
        return {key: _in_order(reasons) for key, reasons in found.items()}

    def strange_session(self, session: SessionRow) -> Strangeness | None:
        if session.at < self.asked_at - UNDO_PERIOD or self.life.is_founding(session.at, session.id):
            return None
        strange = signals.strangeness(session.trace, session.at, self.usual)
        return strange if strange.points >= DISPUTABLE else None

    def _standings(
        self, found: Sequence[DoubtfulChange], sessions: dict[str, tuple[Reason, ...]]
    ) -> dict[str, Standing]:
        by_doubtful = {key for one in found for key in one.change.bound}
        settled = {
            key
            for change in self.life.changes
            if change.id in self.settled and change.state != "undone"
            for key in change.removed
        }
        claimed_at = self._claimed_at()
        return {
            item.key: Standing(item, self._ground(item, by_doubtful, set(sessions), settled, claimed_at))
            for item in self.life.items
        }

    def _claimed_at(self) -> datetime | None:
        """When what is claimed was taken away: nothing bound from then on counts for who claims it."""
        made = [change.at for change in self.life.changes if change.id in self.claim.disowned]
        return min([*self.claimed.values(), *made], default=None)

    def _ground(
        self,
        item: ItemRow,
        by_doubtful: set[str],
        sessions: set[str],
        settled: set[str],
        claimed_at: datetime | None,
    ) -> Ground:
        founding = self.life.is_founding(item.bound_at, item.session)
        if item.rejected:
            return Ground.REJECTED
        if item.removed_at is not None and item.removed_at < self.asked_at - UNDO_PERIOD:
            return Ground.GONE
        if item.removed_at is not None and item.key in settled:
            return Ground.GIVEN_UP
        if item.key in by_doubtful or (item.session in sessions and not founding):
            return Ground.DOUBTFUL
        if claimed_at is not None and item.bound_at >= claimed_at and not founding:
            return Ground.AFTER_CLAIM
        if item.bound_at > self.asked_at - OLD_ENOUGH and not founding:
            return Ground.TOO_YOUNG
        if not item.checkable:
            return Ground.USED_UP
        if item.removed_at is not None:
            return Ground.REMOVED_LATELY
        return Ground.FOUNDING if founding else Ground.OLD


def _is_over(told_at: datetime | None, now: datetime) -> bool:
    return told_at is not None and told_at + UNDO_PERIOD <= now


def _shared(one: _Suspect, other: _Suspect) -> Reason | None:
    """By what ``other`` is drawn into the doubt about ``one``."""
    if one is other:
        return None
    if one.change.session and one.change.session == other.change.session:
        return Reason.DOUBTFUL_SESSION
    strange = one.reasons & STRANGE and other.reasons & STRANGE
    return Reason.LIKE_ANOTHER if strange and _same_origin(one.change.trace, other.change.trace) else None


def _same_origin(mine: Trace, theirs: Trace) -> bool:
    """The same device; or the same network and browser."""
    if mine.device and mine.device == theirs.device:
        return True
    return bool(mine.near) and (mine.near, mine.browser) == (theirs.near, theirs.browser)


_RANK = {reason: rank for rank, reason in enumerate(Reason)}


def _in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=_RANK.__getitem__))
