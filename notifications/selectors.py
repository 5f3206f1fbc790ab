"""Reading deliveries."""

from common import clock
from notifications.models import Delivery


def due(limit: int) -> list[int]:
    """The ids of mails that may be sent now, those that wait longest first."""
    return list(
        Delivery.objects.due(clock.now()).order_by("due_at", "id").values_list("id", flat=True)[:limit]
    )
