"""A mail is a row first. It is sent by whoever wins the row, and won again when the winner dies."""

import logging
import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F

from audit.recording import record
from common import clock, encryption
from common.errors import Stale
from common.jobs import enqueue_on_commit
from notifications import linkless, references, rendering, value_types
from notifications.channels import mail
from notifications.channels.base import ChannelError, Envelope
from notifications.delivery import policies
from notifications.models import Delivery
from notifications.recipients import Recipient
from notifications.signals import handed_over
from notifications.states import DeliveryState

log = logging.getLogger(__name__)


def queue(message: str, recipient: Recipient, *, due_at: datetime | None = None, **values: Any) -> int:
    """Queue an e-mail: write its row in the caller's transaction and trigger sending on commit.

    Apps call the functions of an app's ``mails.py``, which know what each e-mail must say.
    """
    now = clock.now()
    delivery = Delivery.objects.create(
        message=message,
        address=recipient.address,
        language=recipient.language,
        zone=recipient.zone,
        params=encryption.seal(value_types.pack(values)),
        due_at=due_at or now,
        message_id=f"<{uuid.uuid4()}@{urlsplit(settings.ORIGIN).hostname}>",
        account=recipient.account,
        case=recipient.case,
        created_at=now,
    )
    if due_at is None or due_at <= now:
        enqueue_on_commit("notifications.tasks.send", delivery=delivery.pk)
    return delivery.pk


def send(delivery_id: int) -> bool:
    """Send one mail if it is due and nobody else is sending it; otherwise do nothing.

    Returns False where the mail server takes nothing now, so that whoever has more mails may stop.
    """
    delivery = _claim(delivery_id)
    if delivery is None:
        return True
    if delivery.attempts > policies.MAX_ATTEMPTS:
        # Only reached by a mail whose workers die of it: no attempt of theirs lived to count itself out.
        _conclude(delivery, DeliveryState.FAILED, last_error=delivery.last_error)
        return True
    try:
        linkless.prepare(delivery)
        letter = rendering.write(delivery)
        mail.send(
            Envelope(
                address=delivery.address,
                language=delivery.language,
                message_id=delivery.message_id,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
            )
        )
    except ChannelError as error:
        _put_off(delivery, str(error), permanent=error.permanent)
        return not error.away
    except Stale:
        _log_overtaken(delivery)
    except Exception as error:
        # A fault of ours, a template or a key that is missing: it is mended within days, the mail waits.
        log.exception("mail %s (%s) could not be written", delivery.pk, delivery.message)
        _put_off(delivery, type(error).__name__, permanent=False)
    else:
        _conclude(delivery, DeliveryState.SENT, sent_at=clock.now(), last_error="")
    return True


def _claim(delivery_id: int) -> Delivery | None:
    now = clock.now()
    # Durable: the claim is committed before the mail server is spoken to, or it would protect nothing.
    with transaction.atomic(durable=True):
        delivery = Delivery.objects.filter(pk=delivery_id).first()
        if delivery is None:
            return None
        try:
            Delivery.objects.due(now).move(
                delivery,
                DeliveryState.SENDING,
                attempts=F("attempts") + 1,
                lease_until=now + policies.LEASE,
                # Before the mail leaves, so that its reader never finds its reference unknown.
                reference_key=references.lookup_key(references.of(delivery.message_id)),
            )
        except Stale:
            return None
        return delivery


def _put_off(delivery: Delivery, error: str, *, permanent: bool) -> None:
    log.warning("mail %s (%s), attempt %s: %s", delivery.pk, delivery.message, delivery.attempts, error)
    if permanent or not policies.can_try_again(delivery.attempts):
        _conclude(delivery, DeliveryState.FAILED, permanent=permanent, last_error=error[:300])
        return
    try:
        Delivery.objects.filter(attempts=delivery.attempts).move(
            delivery,
            DeliveryState.WAITING,
            due_at=clock.now() + policies.pause_after(delivery.attempts),
            lease_until=None,
            last_error=error[:300],
        )
    except Stale:
        _log_overtaken(delivery)


def _conclude(delivery: Delivery, state: DeliveryState, *, permanent: bool = False, **changes: Any) -> None:
    """Nothing is owed any more: forget what the mail said, and let the trail know."""
    details: dict[str, Any] = {"message": delivery.message}
    if state is DeliveryState.FAILED:
        details["permanent"] = permanent
    try:
        with transaction.atomic():
            # The number of attempts is the token of this claim: after a lost lease it is another's.
            Delivery.objects.filter(attempts=delivery.attempts).move(
                delivery, state, params=None, lease_until=None, **changes
            )
            record(
                f"mail.{state}",
                account=delivery.account,
                case=delivery.case,
                outcome="ok" if state is DeliveryState.SENT else "failed",
                details=details,
            )
            if state is DeliveryState.SENT:
                handed_over.send(Delivery, delivery_id=delivery.pk)
    except Stale:
        _log_overtaken(delivery)


def _log_overtaken(delivery: Delivery) -> None:
    log.warning("mail %s was taken over while it was being sent", delivery.pk)
