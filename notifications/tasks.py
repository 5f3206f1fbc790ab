"""The edge to Celery: one call each. Keywords that an older worker does not know are let pass."""

import time

from celery import shared_task

from notifications import linkless
from notifications.delivery import selectors, services
from notifications.digests import services as digests

SWEEP_LIMIT = 200
SWEEP_SECONDS = 20


@shared_task(name="notifications.tasks.send")
def send(*, delivery: int, **_later: object) -> None:
    """Send one e-mail, triggered by the commit that queued it."""
    services.send(delivery)


@shared_task(name="notifications.tasks.sweep")
def sweep(**_later: object) -> None:
    """Send what is due: what no task arrived for, what failed before, what a dead worker left.

    While the mail server is unavailable each sweep tries it once: the workers have calls to place.
    """
    stop = time.monotonic() + SWEEP_SECONDS
    digests.send_due()
    for delivery in selectors.due(SWEEP_LIMIT):
        if not services.send(delivery) or time.monotonic() > stop:
            break


@shared_task(name="notifications.tasks.forget")
def forget(**_later: object) -> None:
    """Forget the codes that no longer open anything, and the bursts that are over."""
    linkless.forget_expired()
    digests.forget_old_bursts()
