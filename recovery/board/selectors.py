"""What supervisors see of the day."""

from datetime import timedelta

from common import clock
from recovery.models import Case


def opened_by_hour(hours: int = 24) -> list[int]:
    """How many asked in each of the last ``hours`` hours, the oldest first."""
    now = clock.now()
    counted = [0] * hours
    opened = Case.objects.filter(opened_at__gt=now - timedelta(hours=hours)).values_list(
        "opened_at", flat=True
    )
    for when in opened:
        counted[max(hours - 1 - int((now - when).total_seconds() // 3600), 0)] += 1
    return counted
