"""The edge to Celery: one call each. Keywords that an older worker does not know are let pass."""

import time

from celery import shared_task

from notifications.delivery import selectors, services

SWEEP_MOST = 200
SWEEP_SECONDS = 20


@shared_task(name="notifications.tasks.send")
def send(*, delivery: int, **_later: object) -> None:
    """Send one mail, triggered by the commit that owes it."""
    services.send(delivery)


@shared_task(name="notifications.tasks.sweep")
def sweep(**_later: object) -> None:
    """Send what is due: whose task was lost, what failed before, what a dead worker left.

    While the mail server is away each sweep asks it once and leaves: the workers have calls to place.
    """
    stop = time.monotonic() + SWEEP_SECONDS
    for delivery in selectors.due(SWEEP_MOST):
        if not services.send(delivery) or time.monotonic() > stop:
            break
