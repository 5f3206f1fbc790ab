"""Kinds of attackers. A kind is a function over :class:`Attack` whose docstring says what they can do.

To add one, write it below with ``@attacker``. What it says stands in the table of ``docs/security.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from accounts.doubt.activity import Trace
from benchmarks.lives import places
from benchmarks.lives.diary import THIEF, Diary
from benchmarks.lives.owners import Owner

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOCKS_OUT = frozenset({"email", "password", "totp_replaced"})


@dataclass(frozen=True)
class Attacker:
    """``same_place``: in the owner's network and kind of browser; ``settled``: waits until what he planted is
    no input any more. Both are reported apart. ``claims``: asks at the desk himself."""

    name: str
    plays: Callable[["Attack"], None]
    can: str
    same_place: bool = False
    settled: bool = False
    claims: bool = False

    @property
    def apart(self) -> bool:
        return self.same_place or self.settled or self.claims


ATTACKERS: dict[str, Attacker] = {}


def attacker(**how: bool) -> Callable[[Callable[["Attack"], None]], Callable[["Attack"], None]]:
    def register(plays: Callable[["Attack"], None]) -> Callable[["Attack"], None]:
        name = plays.__name__.replace("_", " ")
        ATTACKERS[name] = Attacker(name, plays, " ".join((plays.__doc__ or "").split()), **how)
        return plays

    return register


@dataclass
class Attack:
    """What an attacker does to the account of ``owner``; time goes on by what is done and by ``waits``."""

    owner: Owner
    dice: Random
    devices: int = 0
    locked_out: bool = False

    @property
    def diary(self) -> Diary:
        return self.owner.diary

    def device(self) -> str:
        self.devices += 1
        return f"his {self.devices}"

    def other_family(self) -> str:
        mine = {self.owner.laptop.browser, self.owner.phone.browser}
        every = [name for kind in places.FAMILIES.values() for name, _share in kind]
        return self.dice.choice([one for one in every if one not in mine])

    def same_family(self) -> str:
        return self.dice.choice([self.owner.laptop, self.owner.phone]).browser

    def abroad(self, browser: str | None = None) -> Trace:
        """From another country: a household's network or a hosting firm's."""
        country = places.elsewhere(self.dice, self.owner.country)
        where = places.home(self.dice, country)
        if self.dice.random() < 0.5:
            where = places.hosting(self.dice, country, self.dice.randrange(10))
        return where.trace(browser or places.family(self.dice, "laptop"), self.device())

    def nearby(self, browser: str) -> Trace:
        """From the owner's country: a household of any provider, a carrier, or a hosting firm."""
        country = self.owner.country
        where = self.dice.choices(
            [
                places.home(self.dice, country),
                places.mobile(self.dice, country, self.dice.randrange(4)),
                places.hosting(self.dice, country, self.dice.randrange(10)),
            ],
            (5, 3, 2),
        )[0]
        return where.trace(browser, self.device())

    def waits(self, time: timedelta) -> None:
        """Meanwhile the owner goes on as usual, unless she is locked out."""
        until = self.owner.now + time
        if not self.locked_out:
            self.owner.lives(until, events=False)
        self.owner.now = until

    def signs_in(self, trace: Trace) -> str:
        return self.diary.signs_in(THIEF, self.owner.now, trace, 30 * MINUTE)

    def changes(self, kind: str, session: str | None, trace: Trace) -> None:
        self.owner.now += MINUTE * (0.5 + 4 * self.dice.random())
        domain = kind == "email" and self.dice.random() < 0.5
        self.diary.change(THIEF, self.owner.now, kind, session=session, trace=trace, new_domain=domain)
        self.locked_out = self.locked_out or kind in LOCKS_OUT

    def choice(self) -> list[str]:
        """Some of all that can be changed, in any order, at least one."""
        kinds = ["email"] * (self.dice.random() < 0.8) + ["password"] * (self.dice.random() < 0.6)
        kinds += ["recovery_codes"] * (self.dice.random() < 0.5)
        kinds += [self.dice.choice(["totp_replaced", "totp_added"])] * (self.dice.random() < 0.7)
        self.dice.shuffle(kinds)
        return kinds or ["totp_added"]

    def takes_over(self, trace: Trace, session: str | None = None) -> None:
        session = session or self.signs_in(trace)
        for kind in self.choice():
            self.changes(kind, session, trace)

    def her_session(self) -> str:
        """Her latest session, on a device that she really has."""
        return max((one for one in self.diary.sessions.values() if self.diary.whose[one.id] == "owner"),
                   key=lambda one: one.at).id  # fmt: skip


@attacker()
def from_abroad(attack: Attack) -> None:
    """Has the password and one code; another country."""
    attack.takes_over(attack.abroad())


@attacker()
def same_country(attack: Attack) -> None:
    """Has the password and one code; the same country, another kind of browser."""
    attack.takes_over(attack.nearby(attack.other_family()))


@attacker()
def same_country_and_browser_family(attack: Attack) -> None:
    """Has the password and one code; the same country and kind of browser."""
    attack.takes_over(attack.nearby(attack.same_family()))


def _with_her_session(attack: Attack, trace: Trace) -> None:
    attack.takes_over(trace, attack.her_session())


@attacker()
def stolen_session_abroad(attack: Attack) -> None:
    """Has a copy of the session's cookie and one code; another country."""
    session = attack.diary.sessions[attack.her_session()]
    imitates = session.trace.browser if attack.dice.random() < 0.5 else None
    _with_her_session(attack, attack.abroad(imitates))


@attacker()
def stolen_session_same_country(attack: Attack) -> None:
    """Has a copy of the session's cookie and one code; the same country, imitates the browser."""
    session = attack.diary.sessions[attack.her_session()]
    _with_her_session(attack, attack.nearby(session.trace.browser))


def _with_her_cookies(attack: Attack, place: Trace) -> None:
    """All cookies of her browser are copied, and its name is imitated."""
    hers = attack.diary.sessions[attack.her_session()].trace
    trace = Trace(place.country, place.near, place.wide, hers.browser, hers.device)
    _with_her_session(attack, trace)


@attacker()
def all_cookies_abroad(attack: Attack) -> None:
    """Has copies of all cookies of the browser and one code; another country, imitates the browser."""
    _with_her_cookies(attack, attack.abroad())


@attacker()
def all_cookies_same_country(attack: Attack) -> None:
    """Has copies of all cookies of the browser and one code; the same country, imitates the browser."""
    _with_her_cookies(attack, attack.nearby(""))


@attacker()
def two_sessions(attack: Attack) -> None:
    """Has the password and two codes; adds an app in one session, goes on in another."""
    trace = attack.nearby(attack.same_family())
    first = attack.signs_in(trace)
    attack.changes("totp_added", first, trace)
    attack.waits(HOUR * (1 + 20 * attack.dice.random()))
    attack.takes_over(trace)


@attacker()
def many_sessions(attack: Attack) -> None:
    """Has the password and codes; a new network and browser for every change."""
    for kind in attack.choice():
        trace = attack.dice.choice([attack.abroad(), attack.nearby(attack.same_family())])
        attack.changes(kind, attack.signs_in(trace), trace)
        attack.waits(HOUR * 10 * attack.dice.random())


@attacker()
def confirms_elsewhere(attack: Attack) -> None:
    """Has the password and one code; confirms the new address in a browser that is not signed in."""
    trace = attack.dice.choice([attack.abroad(), attack.nearby(attack.same_family())])
    other = attack.nearby(attack.same_family())
    elsewhere = Trace(other.country, other.near, other.wide, other.browser, "")
    attack.changes("email", attack.signs_in(trace), elsewhere)


@attacker()
def plants_and_comes_back(attack: Attack) -> None:
    """Has the password and codes; adds an app, and takes over up to 25 days later with it."""
    trace = attack.nearby(attack.dice.choice([attack.same_family(), attack.other_family()]))
    attack.changes("totp_added", attack.signs_in(trace), trace)
    attack.waits(DAY * (3 + 22 * attack.dice.random()))
    attack.takes_over(trace if attack.dice.random() < 0.5 else attack.abroad())


@attacker(settled=True)
def plants_and_waits_31_days(attack: Attack) -> None:
    """Adds an app and waits until nobody has objected to the notices for more than 30 days."""
    trace = attack.nearby(attack.same_family())
    attack.changes("totp_added", attack.signs_in(trace), trace)
    attack.waits(31 * DAY)
    attack.takes_over(trace)


@attacker()
def comes_first_and_changes_nothing(attack: Attack) -> None:
    """Has the password and codes; signs in as often as wanted for up to 25 days, and takes over then."""
    trace = attack.nearby(attack.dice.choice([attack.same_family(), attack.other_family()]))
    for _ in range(attack.dice.randint(1, 5)):
        attack.signs_in(trace)
        attack.waits(DAY * (1 + 4 * attack.dice.random()))
    attack.takes_over(trace)


@attacker()
def one_change_every_73_hours(attack: Attack) -> None:
    """Has the password and codes; waits longer than an item needs to count, after each change."""
    trace = attack.dice.choice([attack.abroad(), attack.nearby(attack.same_family())])
    for kind in ("totp_added", "recovery_codes", "email", "password"):
        attack.changes(kind, attack.signs_in(trace), trace)
        attack.waits(73 * HOUR)


@attacker()
def changes_back(attack: Attack) -> None:
    """Takes over and puts the owner's address back, so that all looks as before."""
    trace = attack.dice.choice([attack.abroad(), attack.nearby(attack.same_family())])
    session = attack.signs_in(trace)
    attack.changes("totp_added", session, trace)
    attack.changes("email", session, trace)
    attack.changes("email", session, trace)
    hers = attack.diary.has("email")[-1]
    attack.diary.whose[hers] = "owner"
    attack.owner.holds.add(hers)


@attacker()
def changes_nothing(attack: Attack) -> None:
    """Has the password and one code; only looks."""
    attack.signs_in(attack.dice.choice([attack.abroad(), attack.nearby(attack.same_family())]))


@attacker()
def reads_the_mailbox(attack: Attack) -> None:
    """Has the mailbox and one code: sets the password by the mailed link, then takes over."""
    trace = attack.dice.choice([attack.abroad(), attack.nearby(attack.same_family())])
    unknown = Trace(trace.country, trace.near, trace.wide, trace.browser, "")
    attack.changes("password", None, unknown)
    attack.takes_over(trace)


@attacker(same_place=True)
def room_mate(attack: Attack) -> None:
    """Has the password and one code; the owner's own network and kind of browser, on their own device."""
    hers = attack.owner.home
    attack.takes_over(hers.trace(attack.owner.laptop.browser, attack.device()))


@attacker(same_place=True)
def household_at_her_browser(attack: Attack) -> None:
    """Has the password and one code; sits at the owner's own browser at home."""
    attack.takes_over(attack.owner.laptop.trace(attack.owner.home))


@attacker(claims=True)
def former_partner(attack: Attack) -> None:
    """Has the old mailbox and copied codes; asks at the desk after the owner changed her address."""
    attack.owner.leaves_a_partner()
