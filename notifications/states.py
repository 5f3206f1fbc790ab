"""What can become of a mail. Plain Python."""

from enum import StrEnum


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


# From sending to sending: the worker that held the lease died, the next one takes over.
TRANSITIONS: dict[str, frozenset[str]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.SENDING}),
    DeliveryState.SENDING: frozenset(
        {DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.FAILED}
    ),
    DeliveryState.SENT: frozenset(),
    DeliveryState.FAILED: frozenset(),
}

FINAL = frozenset(state for state, targets in TRANSITIONS.items() if not targets)
