"""Where people are when they sign in: networks as providers hand them out.

A country has five providers for homes with twelve /16 each, four mobile carriers that put all their customers
behind three /16 each (CGNAT: the /24 differs from call to call), offices with a /24 of their own, hotels and
cafés, and hosting firms, where VPNs end.
"""

from dataclasses import dataclass
from random import Random

from accounts.doubt.activity import Trace

COUNTRIES = ("JP", "US", "DE", "FR", "NL", "GB", "SG", "KR", "TW", "TH", "AU", "BR", "NG", "RO", "VN", "IN")
FAMILIES = {
    "laptop": (("Chrome, Windows", 45), ("Edge, Windows", 25), ("Safari, macOS", 15), ("Firefox, Windows", 6),
               ("Chrome, macOS", 6), ("Firefox, Linux", 3)),
    "phone": (("Mobile Safari, iOS", 60), ("Chrome Mobile, Android", 35), ("Samsung Internet, Android", 5)),
}  # fmt: skip
"""Kinds of browsers with their rough share, in per cent."""


@dataclass(frozen=True)
class Place:
    country: str
    near: str
    wide: str

    def trace(self, browser: str, device: str) -> Trace:
        return Trace(self.country, self.near, self.wide, browser, device)


def _place(country: str, second: int, third: int) -> Place:
    first = 20 + COUNTRIES.index(country)
    return Place(country, f"{first}.{second}.{third}.0/24", f"{first}.{second}.0.0/16")


def home(dice: Random, country: str, provider: int | None = None) -> Place:
    """An address of a household; one that is given anew comes from the same provider."""
    which = dice.randrange(5) if provider is None else provider
    return _place(country, 12 * which + dice.randrange(12), dice.randrange(256))


def provider_of(place: Place) -> int:
    return int(place.near.split(".")[1]) // 12


def mobile(dice: Random, country: str, carrier: int) -> Place:
    return _place(country, 60 + 3 * carrier + dice.randrange(3), dice.randrange(40))


def office(dice: Random, country: str) -> Place:
    return _place(country, 100 + dice.randrange(40), dice.randrange(256))


def hotel(dice: Random, country: str) -> Place:
    return _place(country, 140 + dice.randrange(30), dice.randrange(256))


def hosting(dice: Random, country: str, firm: int) -> Place:
    return _place(country, 200 + firm, dice.randrange(12))


def elsewhere(dice: Random, country: str) -> str:
    return dice.choice([one for one in COUNTRIES if one != country])


def family(dice: Random, kind: str) -> str:
    names, shares = zip(*FAMILIES[kind], strict=True)
    return dice.choices(names, shares)[0]
