"""Upkeep, called by beat."""

from celery import shared_task

from accounts.authenticators import registry
from accounts.credentials import password_links
from accounts.due_changes import services as due_changes
from accounts.retention import services as retention


@shared_task
def expire_sessions(**_kwargs: object) -> None:
    retention.expire_sessions()


@shared_task
def send_password_link(*, request: int, **_kwargs: object) -> None:
    password_links.answer(request)


@shared_task
def sweep(**_kwargs: object) -> None:
    """What no task arrived for."""
    password_links.answer_waiting()


@shared_task
def remind(**_kwargs: object) -> None:
    """Daily: who has not touched their saved codes for a year."""
    for kind in registry.KINDS:
        kind.remind()


@shared_task
def apply_due_changes(**_kwargs: object) -> None:
    due_changes.apply_due()


@shared_task
def shred(**_kwargs: object) -> None:
    retention.shred()
