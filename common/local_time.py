"""Times as the clock on a wall shows them, and the moments that they mean."""

from datetime import UTC, datetime, tzinfo

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import pgettext


def readings(local: datetime, zone: tzinfo) -> list[datetime]:
    """The moments, in UTC, that the naive ``local`` may mean in ``zone``, the earliest first.

    One, but two where clocks change. Where they go back, ``local`` comes twice. Where they go forward, it
    does not exist, and the moments are those that would be it by the offsets of after and of before.
    """
    return sorted({local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})


def zone_name(moment: datetime) -> str:
    """The short name of the zone at that moment: ``CEST``, or ``UTC+08`` where it has none."""
    name = moment.tzname() or ""
    return f"UTC{name}" if name[:1] in ("+", "-") else name


def exact_words(moment: datetime) -> str:
    """Day, time and zone in the zone of the person: ``22 Nov 2026, 23:41 JST``."""
    local = localtime(moment)
    # Translators: Django date format of a day with its time
    return f"{date_format(local, pgettext('date format', 'j M Y, H:i'))} {zone_name(local)}"
