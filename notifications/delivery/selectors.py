"""Reading deliveries."""

from dataclasses import dataclass
from datetime import datetime

from audit import sentences
from common import clock
from notifications import references
from notifications.models import Delivery
from notifications.states import DeliveryState


def due(limit: int) -> list[int]:
    """The ids of mails that may be sent now, those that wait longest first."""
    return list(
        Delivery.objects.due(clock.now()).order_by("due_at", "id").values_list("id", flat=True)[:limit]
    )


def all_sent(deliveries: list[int]) -> bool:
    """Has the mail server taken all of these mails?"""
    sent = Delivery.objects.filter(pk__in=deliveries, state=DeliveryState.SENT)
    return sent.count() == len(set(deliveries))


@dataclass(frozen=True)
class Mailed:
    """A mail of ours. ``about`` says in the reader's language what kind of mail it is, not what it told."""

    about: str
    sent_at: datetime


def mailed(*, reference: str, address: str) -> Mailed | None:
    """The mail with this reference, if it is ours and went to this address.

    The address is asked for, since anybody can get a reference by a mail to themselves and write it under
    a mail to somebody else.
    """
    keys = references.lookup_keys(reference)
    delivery = Delivery.objects.filter(reference_key__in=keys, address=address).first()
    if delivery is None:
        return None
    # While it is handed to the mail server it is due and has no other time yet.
    return Mailed(sentences.humanize("message", delivery.message), delivery.sent_at or delivery.due_at)
