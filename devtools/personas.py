"""The people of the demo's story: who they are, where they sign in from, which passwords they use.

Everything here is public knowledge, which is why the demo and production have nothing in common.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.roles import Role
from common.network import Origin, origin_of


@dataclass(frozen=True)
class Browser:
    """What a device says of itself, and the address that its requests come from."""

    agent: str
    address: str

    @property
    def meta(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.address, "HTTP_USER_AGENT": self.agent}

    @property
    def origin(self) -> Origin:
        return origin_of(self.meta)


WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Mobile/15E148 Safari/604.1"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class Person:
    name: str
    role: Role
    email: str
    password: str
    language: str
    browsers: tuple[Browser, ...]
    speaks: tuple[str, ...] = ()
    name_latin: str = ""


HANAKO = Person(
    name="森 花子",
    name_latin="Hanako Mori",
    role=Role.USER,
    email="hanako@example.jp",
    password="kawa-no-hotori-7-tsuru",
    language="ja",
    browsers=(Browser(WINDOWS, "153.240.10.20"), Browser(IPHONE, "49.98.140.7")),
)
KENJI = Person(
    name="Kenji Abe",
    role=Role.USER,
    email="kenji@example.com",
    password="slow-trains-to-kanazawa-41",
    language="en",
    browsers=(Browser(MAC, "118.238.201.33"),),
)
SATO = Person(
    name="佐藤",
    name_latin="Sato",
    role=Role.AGENT,
    email="sato@orikaeshi.example",
    password="asagao-climbs-the-well-12",
    language="ja",
    browsers=(Browser(WINDOWS, "133.11.0.51"),),
    speaks=("ja", "en"),
)
ALICE = Person(
    name="Alice",
    role=Role.AGENT,
    email="alice@orikaeshi.example",
    password="umbrella-left-on-line-9",
    language="en",
    browsers=(Browser(MAC, "133.11.0.52"),),
    speaks=("en",),
)
TANAKA = Person(
    name="田中",
    name_latin="Tanaka",
    role=Role.SUPERVISOR,
    email="tanaka@orikaeshi.example",
    password="two-keys-for-one-door-30",
    language="ja",
    browsers=(Browser(WINDOWS, "133.11.0.53"),),
    speaks=("ja", "en"),
)
SUZUKI = Person(
    name="鈴木",
    name_latin="Suzuki",
    role=Role.ADMIN,
    email="suzuki@orikaeshi.example",
    password="ink-does-not-come-off-88",
    language="ja",
    browsers=(Browser(WINDOWS, "133.11.0.54"),),
)
USERS = (HANAKO, KENJI)
STAFF = (SUZUKI, TANAKA, SATO, ALICE)
PEOPLE = (*USERS, *STAFF)

# The thief got Hanako's password and one code of her app on a page that looked like ours.
THIEF_EMAIL = "h.mori.8841@example.net"
THIEF_PASSWORD = "nobody-will-notice-this-55"
THIEF_BROWSER = Browser(LINUX, "185.220.101.34")
TAKEOVER_AGO = timedelta(minutes=14)


@dataclass(frozen=True)
class Visit:
    """One ordinary sign-in; without ``signs_out`` the session runs out by itself."""

    person: Person
    at: datetime
    browser: Browser
    signs_out: bool


def ordinary_life(now: datetime, joined: datetime) -> list[Visit]:
    """Three months of sign-ins, alike at every start: evenings at home, workdays at the desk."""
    visits: list[Visit] = []
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(90, 0, -1):
        day = midnight - timedelta(days=days)
        if days % 3 == 1:  # Tokyo's evening is UTC's noon
            browser = HANAKO.browsers[0] if days % 4 else HANAKO.browsers[1]
            at = day + timedelta(hours=10 + days % 4, minutes=days * 17 % 60, seconds=days * 13 % 60)
            visits.append(Visit(HANAKO, at, browser, days % 2 == 0))
        if days % 9 == 4:
            at = day + timedelta(hours=3, minutes=days * 7 % 60, seconds=days * 29 % 60)
            visits.append(Visit(KENJI, at, KENJI.browsers[0], True))
        if days <= 5 and day.weekday() < 5:
            visits += [
                Visit(
                    person,
                    day + timedelta(minutes=3 * place + days, seconds=place * 11 + days),
                    person.browsers[0],
                    True,
                )
                for place, person in enumerate(STAFF)
            ]
    # The afternoon of the takeover she was still at home as always.
    visits.append(Visit(HANAKO, now - timedelta(hours=5, minutes=12), HANAKO.browsers[1], False))
    return [visit for visit in visits if joined < visit.at < now - timedelta(hours=4)]
