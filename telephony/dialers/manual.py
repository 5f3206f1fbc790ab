"""The agent's own phone: the console shows a link to press and asks afterwards how it went."""

from telephony import numbers
from telephony.dialers.base import DialError
from telephony.types import CallOrder, Placement


class ManualDialer:
    name = "manual"
    places_itself = False

    def place(self, order: CallOrder) -> Placement:
        if not numbers.is_callable(order.number):
            raise DialError("not a number that may be called", permanent=True)
        return Placement(attempt=order.attempt, reference="", link=numbers.link(order.number))
