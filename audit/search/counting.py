"""How many events a search finds, and when they happened: the picture above the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Trunc
from django.utils import timezone

from audit.reading import Filters, matching

# Beyond this a count is "more than": counting ten million rows takes a second, this many 4 ms.
COUNTED = 10_000


@dataclass(frozen=True)
class Bucket:
    """``count`` events began in [start, end); ``bad`` of them failed or were denied."""

    start: datetime
    end: datetime
    count: int
    bad: int


@dataclass(frozen=True)
class Counted:
    """The newest :data:`COUNTED` events of a search over time. ``capped``: there are more."""

    count: int
    capped: bool
    unit: str
    buckets: Sequence[Bucket]


def count(filters: Filters, zone: tzinfo | None = None) -> Counted:
    """How many events a search finds, and when: of at most :data:`COUNTED`, the newest."""
    rows = matching(filters)
    found = rows.order_by("-occurred_at", "-id")[: COUNTED + 1].aggregate(
        count=Count("id"), first=Min("occurred_at"), last=Max("occurred_at")
    )
    if not found["count"]:
        return Counted(0, False, "day", [])
    first, last = found["first"], found["last"]
    unit = unit_for(last - first)
    # Hours and minutes by the clock of the world: where summer time ends, one local hour comes twice.
    zone = UTC if unit in ("minute", "hour") else zone or timezone.get_current_timezone()
    counted = {
        row["start"]: (row["count"], row["bad"])
        for row in rows.filter(occurred_at__gte=first)
        .order_by()
        .annotate(start=Trunc("occurred_at", unit, tzinfo=zone))
        .values("start")
        .annotate(count=Count("id"), bad=Count("id", filter=~Q(outcome="ok")))
    }
    spans = _spans(first, last, unit, zone)
    buckets = [Bucket(start, end, *counted.get(start, (0, 0))) for start, end in spans]
    return Counted(min(found["count"], COUNTED), found["count"] > COUNTED, unit, buckets)


def unit_for(span: timedelta) -> str:
    """The calendar unit that cuts ``span`` into something between a few and a hundred parts."""
    for longest, unit in (
        (timedelta(hours=2), "minute"),
        (timedelta(days=3), "hour"),
        (timedelta(days=92), "day"),
        (timedelta(days=550), "week"),
    ):
        if span <= longest:
            return unit
    return "month"


def _spans(first: datetime, last: datetime, unit: str, zone: tzinfo) -> list[tuple[datetime, datetime]]:
    spans = []
    start = _floor(first.astimezone(zone), unit)
    while start <= last:
        end = _next(start, unit)
        spans.append((start, end))
        start = end
    return spans


def _floor(moment: datetime, unit: str) -> datetime:
    if unit == "minute":
        return moment.replace(second=0, microsecond=0)
    if unit == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit == "week":
        return midnight - timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if unit == "month" else midnight


def _next(start: datetime, unit: str) -> datetime:
    if unit == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(**{f"{unit}s": 1})
