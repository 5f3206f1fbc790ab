"""What beat sends, and how often.

Each sweep finds in the database what is due, so one that is missed is made good by the next.
"""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "recovery-sweep": {"task": "recovery.tasks.sweep", "schedule": 1.0, "options": {"expires": 5}},
    "notifications-sweep": {
        "task": "notifications.tasks.sweep",
        "schedule": 10.0,
        "options": {"expires": 30},
    },
    "notifications-forget": {"task": "notifications.tasks.forget", "schedule": crontab(minute="25")},
    "accounts-sweep": {"task": "accounts.tasks.sweep", "schedule": 10.0, "options": {"expires": 30}},
    "accounts-due-changes": {
        "task": "accounts.tasks.apply_due_changes",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "accounts-expire-sessions": {
        "task": "accounts.tasks.expire_sessions",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "accounts-remind": {"task": "accounts.tasks.remind", "schedule": crontab(hour="1", minute="10")},
    "accounts-shred": {"task": "accounts.tasks.shred", "schedule": crontab(hour="3", minute="40")},
    "portal-heartbeat": {"task": "portal.health.beat", "schedule": 15.0, "options": {"expires": 30}},
    "audit-ensure-partitions": {
        "task": "audit.tasks.ensure_partitions",
        "schedule": crontab(hour="3", minute="20"),
    },
}
