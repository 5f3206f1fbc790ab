"""Time zones by their IANA names."""

from zoneinfo import available_timezones

from django.conf import settings

# Names without a city ("Etc/GMT+9", "EST5EDT") are kept out of lists: nobody knows theirs by them.
CHOICES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
)


def known(name: str) -> str:
    """``name`` where it is a zone, else the portal's own: a browser may say what it likes."""
    zone: str = name if name in CHOICES or name == "UTC" else settings.DEFAULT_ZONE
    return zone
