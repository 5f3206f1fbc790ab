"""Task triggers: tasks are named, sent after commit, and never needed.

What is due is a row; the beat sweep finds it if the message is lost. So a broker that is unavailable
is only logged: the person's request has been committed and is safe.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common.redis import client

log = logging.getLogger(__name__)
WAITING_FOR_MS = 1000
"""A task that was not begun by then may be lost, or stand behind others: another one is sent."""


def enqueue_on_commit(task: str, **kwargs: object) -> None:
    """Send the registered task ``task`` with plain ids as arguments once this transaction has committed."""
    transaction.on_commit(partial(_send, task, kwargs))


def enqueue_once_on_commit(task: str) -> None:
    """The same for a task that finds out by itself all that there is to do: while one waits to be begun, a
    second one is not sent. In a rush, one task does what many have asked for. It calls :func:`begun`.
    """
    transaction.on_commit(partial(_send_once, task))


def begun(task: str) -> None:
    """The first act of a task that is sent once: whatever is committed from now on sends another one."""
    try:
        client().delete(_waiting(task))
    except RedisError as error:
        log.warning("%s may wait for the sweep: %s", task, error)


def _waiting(task: str) -> str:
    return f"waiting:{task}"


def _send_once(task: str) -> None:
    try:
        first = client().set(_waiting(task), 1, nx=True, px=WAITING_FOR_MS)
    except RedisError:
        first = True
    if first:
        _send(task, {})


def _send(task: str, kwargs: dict[str, object]) -> None:
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("task %s could not be triggered, the sweep will find the row: %s", task, error)
