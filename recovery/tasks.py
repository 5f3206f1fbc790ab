"""Background work. Each task loads by id and makes one call; each may run late, twice, or never."""

from typing import Any

from celery import shared_task

from common import jobs
from recovery.approvals import mails as approval_mails
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.disputes import services as disputes
from recovery.evidence import services as evidence
from recovery.queue import dispatch as queue
from recovery.queue import presence


@shared_task
def dispatch(**_: Any) -> None:
    """Somebody has asked, or can take a call: freeze what takeovers touched, then ring the desk."""
    jobs.begun("recovery.tasks.dispatch")
    queue.take_in()


@shared_task
def sweep(**_: Any) -> None:
    """Every second or so: whatever no task has come for."""
    calls.mark_lost()
    evidence.expire()
    approvals.withdraw_dead()
    approval_mails.write_to_deciders()
    presence.sweep()
    disputes.give_due()
    queue.sweep()
