"""Upkeep, called by beat."""

from celery import shared_task

from accounts.services import upkeep


@shared_task
def expire_sessions(**_kwargs: object) -> None:
    upkeep.expire_sessions()


@shared_task
def shred(**_kwargs: object) -> None:
    upkeep.shred()
