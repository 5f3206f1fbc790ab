from typing import Any

from celery import shared_task

from audit import recording


@shared_task
def ensure_partitions(**kwargs: Any) -> None:
    """Make the months to come before they come; a month missed is caught by the default partition."""
    recording.ensure_partitions()
