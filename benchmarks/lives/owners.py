"""Kinds of owners. A kind is a function that returns :class:`Habits`; to add one, write it below.

``Habits`` are what everybody does now and then, each rate with its reason; a kind is what it does more of,
and what it did in the last 30 days (``lately``), where it matters most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from accounts.doubt.activity import Trace
from benchmarks.lives import places
from benchmarks.lives.diary import OWNER, Diary
from benchmarks.lives.places import Place


@dataclass(frozen=True)
class Habits:
    """How often things happen; what is not said otherwise is a number a year.

    * ``sign_ins_a_week``: with sessions that last days, an account of daily use is signed in to twice a week.
    * ``phone_share``: half of the use of such services is by phone, and of that four fifths in the home's
      wireless network or the carrier's; ``office_share``: at work on two days of five, and less for this.
    * ``leases``: providers of homes give another address at a reboot, some three times a year.
    * ``phones``: a phone is kept about three years; ``laptops``: five. Three quarters stay with the system.
    * ``trips``: most people are away for a week twice a year, one journey in five leads abroad.
    * ``moves``: a household moves every ten years, with another provider every other time.
    * ``clears``: cookies are lost once in two years to a clean-up, a new profile or a repair.
    * ``browsers``: another browser on the same machine every five years.
    * ``pauses``: a month without signing in every three years; ``vpn_share``: sign-ins through a VPN.
    * ``emails``, ``passwords``, ``codes``, ``evenings``: an address is kept for ten years, a password for
      two, recovery codes are renewed every five, all is replaced in an evening every twenty.
    * ``forgets``: the password is forgotten every five years. ``helps``: sign-ins from the phone of somebody
      of the household, a year.
    """

    sign_ins_a_week: float = 2
    phone_share: float = 0.5
    office_share: float = 0.12
    vpn_share: float = 0
    leases: float = 3
    phones: float = 1 / 3
    laptops: float = 1 / 5
    trips: float = 2
    abroad: float = 0.2
    moves: float = 0.1
    clears: float = 0.5
    browsers: float = 0.2
    pauses: float = 1 / 3
    emails: float = 0.1
    passwords: float = 0.5
    codes: float = 0.2
    evenings: float = 0.05
    forgets: float = 0.2
    helps: float = 0
    lately: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """``share``: how many of a thousand owners are so at any moment; figures weigh by it."""

    habits: Habits
    share: int


OWNERS: dict[str, Kind] = {}


def owner(share: int) -> Callable[[Callable[[], Habits]], Callable[[], Habits]]:
    def register(kind: Callable[[], Habits]) -> Callable[[], Habits]:
        OWNERS[kind.__name__.replace("_", " ")] = Kind(kind(), share)
        return kind

    return register


@owner(186)
def lives_as_most_do() -> Habits:
    """At home, at work and on the phone, with two journeys a year."""
    return Habits()


@owner(300)
def stays_at_home() -> Habits:
    """Signs in at home and hardly anywhere else."""
    return Habits(phone_share=0.3, office_share=0, trips=0.3)


@owner(100)
def travels() -> Habits:
    """Away for a week every month, half of it abroad, and back only just now."""
    return Habits(trips=12, abroad=0.5, lately=("trip",))


@owner(8)
def moves_house() -> Habits:
    """Moved within the last 30 days: a household moves every ten years."""
    return Habits(lately=("move",))


@owner(28)
def changes_phone() -> Habits:
    """Got a new phone within the last 30 days and bound the code app there: every three years."""
    return Habits(lately=("phone",))


@owner(150)
def shares_with_family() -> Habits:
    """The household uses one browser, and some sign in for her on their own phones, monthly."""
    return Habits(helps=12)


@owner(100)
def uses_a_vpn() -> Habits:
    """Half of the sign-ins come through a VPN, which ends in one of four countries."""
    return Habits(vpn_share=0.5)


@owner(60)
def is_away_for_a_month() -> Habits:
    """Signs in once a fortnight and has not done so for a month."""
    return Habits(sign_ins_a_week=0.5, lately=("pause",))


@owner(50)
def clears_cookies() -> Habits:
    """A browser that forgets everything every month, and has just done so."""
    return Habits(clears=12, lately=("clear",))


@owner(4)
def replaces_all_in_an_evening() -> Habits:
    """Went through all sign-in details at home within the last 30 days: every twenty years."""
    return Habits(lately=("evening",))


@owner(8)
def changes_address() -> Habits:
    """Has another e-mail address since less than 30 days: every ten years."""
    return Habits(lately=("email",))


@owner(6)
def forgot_on_a_new_phone() -> Habits:
    """Set a new password by the mailed link on a new phone: one new phone in five."""
    return Habits(lately=("forgets_on_new_phone",))


@dataclass
class Device:
    kind: str
    browser: str
    cookie: str

    def trace(self, place: Place) -> Trace:
        return place.trace(self.browser, self.cookie)


@dataclass
class Owner:
    """One owner who lives day by day; ``holds`` are the items that are really in her hands."""

    habits: Habits
    dice: Random
    diary: Diary
    now: datetime
    country: str = "JP"

    def __post_init__(self) -> None:
        self.cookies = 0
        self.rates = [getattr(self.habits, rate) for rate in EVENTS.values()]
        self.home = places.home(self.dice, self.country)
        self.carrier = self.dice.randrange(4)
        self.office = places.office(self.dice, self.country)
        self.vpn_firm = self.dice.randrange(10)
        self.vpn_ends = [self.country, *self.dice.sample(places.COUNTRIES, 3)]
        self.laptop = Device("laptop", places.family(self.dice, "laptop"), self._cookie())
        self.phone = Device("phone", places.family(self.dice, "phone"), self._cookie())
        self.other_phone = Device("phone", places.family(self.dice, "phone"), self._cookie())
        self.away: tuple[datetime, Place] | None = None
        self.silent_until = self.now
        self.holds: set[str] = set()

    def _cookie(self) -> str:
        self.cookies += 1
        return f"hers {self.cookies}"

    def joins(self, *, seen: bool) -> None:
        self.diary.joins(self.laptop.trace(self.home), seen=seen)
        self.holds = set(self.diary.items)

    def lives(self, until: datetime, *, events: bool = True, lately: bool = False) -> None:
        """Days with their sign-ins, and what happens now and then."""
        planned = {
            name: until - timedelta(days=30 * self.dice.random())
            for name in (self.habits.lately if lately else ())
        }
        while self.now < until:
            day_ends = min(self.now + timedelta(days=1), until)
            self._day(day_ends, events=events)
            for name, at in list(planned.items()):
                if at < day_ends:
                    self.now = max(at, self.now)
                    getattr(self, f"_{name}")()
                    del planned[name]
            self.now = max(day_ends, self.now)

    def _day(self, ends: datetime, *, events: bool) -> None:
        day = ends - self.now
        begins = self.now
        if self.away and self.away[0] <= begins:
            self.away = None
        if events and self.dice.random() < sum(self.rates) / 365:
            self.now = begins + day * self.dice.random()
            getattr(self, f"_{self.dice.choices(list(EVENTS), self.rates)[0]}")()
        if self.dice.random() < self.habits.sign_ins_a_week / 7 and begins >= self.silent_until:
            self.now = max(self.now, begins + day * self.dice.random())
            self.signs_in()

    # Where she is, and how she comes.

    def signs_in(self, device: Device | None = None) -> str:
        device = device or (self.phone if self.dice.random() < self.habits.phone_share else self.laptop)
        return self._comes(device, self.place_of(device))

    def _comes(self, device: Device, place: Place) -> str:
        # A phone stays signed in for days, and is carried about meanwhile; a laptop is closed in the evening.
        stays = timedelta(days=3) if device.kind == "phone" else timedelta(hours=8)
        stays = min(stays * self.dice.expovariate(1), timedelta(days=14))
        return self.diary.signs_in(OWNER, self.now, device.trace(place), stays)

    def place_of(self, device: Device) -> Place:
        if self.dice.random() < self.habits.vpn_share:
            return places.hosting(self.dice, self.dice.choice(self.vpn_ends), self.vpn_firm)
        if self.away:
            where = self.away[1]
            roams = device.kind == "phone" and self.dice.random() < 0.5
            # A phone that roams comes out at its carrier at home, or at one of the country it is in.
            at_home = roams and (where.country == self.country or self.dice.random() < 0.5)
            if roams:
                return places.mobile(self.dice, self.country if at_home else where.country, self.carrier)
            return where
        if device.kind == "phone" and self.dice.random() < 0.5:
            return places.mobile(self.dice, self.country, self.carrier)
        if self.dice.random() < self.habits.office_share * 2:
            return self.office
        return self.home

    # What happens now and then.

    def _trip(self) -> None:
        country = self.country
        if self.dice.random() < self.habits.abroad:
            country = places.elsewhere(self.dice, self.country)
        days = self.dice.expovariate(1 / 6) + 1
        self.away = (self.now + timedelta(days=days), places.hotel(self.dice, country))
        if self.dice.random() < 0.5:
            self.signs_in()

    def _move(self) -> None:
        keeps = places.provider_of(self.home) if self.dice.random() < 0.5 else None
        self.home = places.home(self.dice, self.country, keeps)

    def _lease(self) -> None:
        self.home = places.home(self.dice, self.country, places.provider_of(self.home))

    def _clear(self) -> None:
        self.laptop.cookie = self._cookie()
        if self.dice.random() < 0.3:
            self.phone.cookie = self._cookie()

    def _browser(self) -> None:
        self.laptop = Device("laptop", places.family(self.dice, "laptop"), self._cookie())

    def _laptop(self) -> None:
        same = self.laptop.browser if self.dice.random() < 0.75 else places.family(self.dice, "laptop")
        self.laptop = Device("laptop", same, self._cookie())

    def _pause(self) -> None:
        self.silent_until = self.now + timedelta(days=30)

    def _help(self) -> None:
        self._comes(self.other_phone, self.home)

    def _new_phone(self) -> None:
        same = self.phone.browser if self.dice.random() < 0.75 else places.family(self.dice, "phone")
        self.phone = Device("phone", same, self._cookie())

    def _phone(self) -> None:
        """The code app moves to the new phone; every other old one stays in a drawer."""
        self._new_phone()
        device = self.phone if self.dice.random() < 0.7 else self.laptop
        place = self.place_of(device)
        session = self._comes(device, place)
        old = self.diary.has("totp")[-1:]
        self._changes("totp_replaced", session, device.trace(place))
        if self.dice.random() < 0.5:
            self.holds -= set(old)
        if self.dice.random() < 0.15:
            self._changes("recovery_codes", session, device.trace(place))

    def _email(self) -> None:
        device = self.phone if self.dice.random() < self.habits.phone_share else self.laptop
        place = self.place_of(device)
        old = self.diary.has("email")
        self._changes("email", self._comes(device, place), device.trace(place))
        if self.dice.random() < 0.3:
            self.holds -= set(old)

    def leaves_a_partner(self) -> None:
        """She changes the address, from a device and place as usual; the old mailbox is no longer hers."""
        old = self.diary.has("email")
        self._email()
        self.holds -= set(old)

    def _password(self) -> None:
        self._one("password")

    def _codes(self) -> None:
        self._one("recovery_codes")

    def _one(self, kind: str) -> None:
        device = self.phone if self.dice.random() < self.habits.phone_share else self.laptop
        place = self.place_of(device)
        self._changes(kind, self._comes(device, place), device.trace(place))

    def _evening(self) -> None:
        trace = self.laptop.trace(self.home)
        session = self._comes(self.laptop, self.home)
        for kind in ("email", "password", "totp_replaced", "recovery_codes"):
            if kind != "email" or self.dice.random() < 0.5:
                self._changes(kind, session, trace)

    def _forgets(self) -> None:
        """The mailed link is opened where she is; then she signs in there."""
        self._forgets_on(self.phone if self.dice.random() < self.habits.phone_share else self.laptop)

    def _forgets_on_new_phone(self) -> None:
        self._new_phone()
        place = self.place_of(self.phone)
        self.diary.change(
            OWNER, self.now, "password", session=None, trace=place.trace(self.phone.browser, "")
        )
        session = self._comes(self.phone, place)
        if self.dice.random() < 0.7:
            self._changes("totp_replaced", session, self.phone.trace(place))

    def _forgets_on(self, device: Device) -> None:
        place = self.place_of(device)
        self.diary.change(OWNER, self.now, "password", session=None, trace=device.trace(place))
        self._comes(device, place)

    def _changes(self, kind: str, session: str, trace: Trace) -> None:
        """Some minutes later; what is replaced is thrown away, but for an address or an old phone."""
        self.now += timedelta(minutes=1 + 5 * self.dice.random())
        old = self.diary.has("recovery_codes") if kind == "recovery_codes" else []
        got = self.diary.change(
            OWNER, self.now, kind, session=session, trace=trace,
            new_domain=kind == "email" and self.dice.random() < 0.7,
        )  # fmt: skip
        self.holds -= set(old)
        self.holds |= {got} if got else set()


EVENTS = {
    "trip": "trips",
    "move": "moves",
    "lease": "leases",
    "phone": "phones",
    "laptop": "laptops",
    "clear": "clears",
    "browser": "browsers",
    "pause": "pauses",
    "email": "emails",
    "password": "passwords",
    "codes": "codes",
    "evening": "evenings",
    "forgets": "forgets",
    "help": "helps",
}
"""What may happen on a day, and by which habit how often."""
