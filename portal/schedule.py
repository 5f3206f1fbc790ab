"""What beat sends, and how often. Each sweep finds in the database what is due, so one missed is made good by the next."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "audit-ensure-partitions": {"task": "audit.tasks.ensure_partitions", "schedule": crontab(hour="3", minute="20")},
}
