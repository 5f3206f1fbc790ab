"""Reading deliveries."""

from common import clock
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
