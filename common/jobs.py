"""Ringing the doorbell: tasks are named, sent after commit, and never needed.

What is due stands in a row; the beat sweep finds it if the message is lost. So a broker that is away
is logged and forgiven: the person's request has been committed and is safe.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def enqueue_on_commit(task: str, **kwargs: object) -> None:
    """Send the registered task ``task`` with plain ids as arguments once this transaction has committed."""
    transaction.on_commit(partial(_send, task, kwargs))


def _send(task: str, kwargs: dict[str, object]) -> None:
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("doorbell %s not rung, the sweep will find the row: %s", task, error)
