"""Time zones by their IANA names."""

from zoneinfo import available_timezones

from django.conf import settings

# What some machines keep beside the zones.
_NO_ZONES = {"Factory", "localtime", "posixrules"}
ZONES = available_timezones() - _NO_ZONES
# Names without a city ("Etc/GMT+9", "EST5EDT") are kept out of lists: nobody knows theirs by them.
CHOICES = sorted(name for name in ZONES if "/" in name and not name.startswith("Etc/"))


def known(name: str) -> str:
    """``name`` where it is a zone, else the portal's own: a browser may say what it likes."""
    zone: str = name if name in ZONES else settings.DEFAULT_ZONE
    return zone
