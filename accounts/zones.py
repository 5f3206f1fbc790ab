"""Time zones by their IANA names, and how people call them."""

from collections import defaultdict
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from django.conf import settings
from django.utils.translation import get_language, gettext, pgettext

# What some machines keep beside the zones.
_NO_ZONES = {"Factory", "localtime", "posixrules"}
ZONES = available_timezones() - _NO_ZONES
# Names without a city ("Etc/GMT+9", "EST5EDT") are kept out of lists: nobody knows theirs by them.
CHOICES = sorted(name for name in ZONES if "/" in name and not name.startswith("Etc/"))
# By the first part of a zone's name, the region of the world as CLDR numbers it.
_REGIONS = {
    "Africa": "002",
    "America": "019",
    "Asia": "142",
    "Australia": "009",
    "Europe": "150",
    "Pacific": "009",
}
_WORLD = "001"
# The library's own cache forgets all but a few, and reading four hundred files takes a third of a second.
_clock_of = lru_cache(maxsize=None)(ZoneInfo)


def known(name: str) -> str:
    """``name`` where it is a zone, else the portal's own: a browser may say what it likes."""
    zone: str = name if name in ZONES else settings.DEFAULT_ZONE
    return zone


def offset(zone: str, now: datetime) -> str:
    """How far the zone's clocks are from UTC at ``now``: ``UTC+9``, ``UTC-3:30``."""
    passed = now.astimezone(_clock_of(zone)).utcoffset()
    minutes = int(passed.total_seconds()) // 60 if passed else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def named(chosen: str, now: datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones to choose from by city, country and offset, under the regions of the world.

    A city that has several names in the database of zones stands there once: by ``chosen`` if that is one of
    them, else by the name that browsers use.
    """
    language = get_language() or "en"
    places = _places(language)
    once = {place: zone for zone, place in places.items()}
    once |= {places[zone]: zone for zone in places if zone == _canonical(zone)}
    if chosen in places:
        once[places[chosen]] = chosen
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    words = pgettext("a place and its offset from UTC", "%(place)s (%(offset)s)")
    for (region, place), zone in sorted(once.items()):
        groups[region].append((zone, words % {"place": place, "offset": offset(zone, now)}))
    others = gettext("Islands, oceans and the poles")
    ordered = [(region, zones) for region, zones in groups.items() if region]
    known_elsewhere = [("UTC", "UTC")] + ([] if chosen in places or chosen == "UTC" else [(chosen, chosen)])
    return [*ordered, (others, groups[""]), ("UTC", known_elsewhere)]


@lru_cache(maxsize=4)
def _places(language: str) -> dict[str, tuple[str, str]]:
    """Region and place of each zone in a language: ``("Asia", "Tokyo, Japan")``."""
    locale = Locale.parse(language, sep="-")
    countries = get_global("zone_territories")
    places = {}
    for zone in CHOICES:
        region, _, _ = _canonical(zone).partition("/")
        city = get_timezone_location(_canonical(zone), locale=locale, return_city=True).rpartition("/")[2]
        country = locale.territories.get(countries.get(_canonical(zone), _WORLD), "")
        if country not in (city, locale.territories[_WORLD]):
            city = pgettext("a city in a country", "%(city)s, %(country)s") % {
                "city": city,
                "country": country,
            }
        places[zone] = (locale.territories.get(_REGIONS.get(region, ""), ""), city)
    return places


def _canonical(zone: str) -> str:
    return str(get_global("zone_aliases").get(zone, zone))
