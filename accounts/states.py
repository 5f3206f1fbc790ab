"""What a change, a pending address and a recovery contact can be, and which move is allowed: plain Python."""

from enum import StrEnum


class ChangeState(StrEnum):
    """``pending``: asked for in a risky session, waits; ``stopped``: a freeze came before its time;
    ``cancelled``: taken back, or another change came first; ``objected``: the owner said *This was not me*;
    ``kept``: with proof, that it was them after all, or two people at the desk decided so."""

    PENDING = "pending"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    APPLIED = "applied"
    OBJECTED = "objected"
    KEPT = "kept"
    UNDONE = "undone"


class PendingState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class ContactState(StrEnum):
    """Whether somebody agreed to be a recovery contact; whether their owner has removed them stands apart."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RESIGNED = "resigned"


CHANGE_TRANSITIONS: dict[str, frozenset[str]] = {
    ChangeState.PENDING: frozenset(
        {ChangeState.APPLIED, ChangeState.CANCELLED, ChangeState.STOPPED, ChangeState.OBJECTED}
    ),
    ChangeState.STOPPED: frozenset({ChangeState.OBJECTED, ChangeState.KEPT, ChangeState.UNDONE}),
    ChangeState.CANCELLED: frozenset(),
    ChangeState.APPLIED: frozenset({ChangeState.OBJECTED, ChangeState.KEPT, ChangeState.UNDONE}),
    ChangeState.OBJECTED: frozenset({ChangeState.KEPT, ChangeState.UNDONE}),
    ChangeState.KEPT: frozenset({ChangeState.UNDONE}),
    ChangeState.UNDONE: frozenset(),
}

# Nobody has answered for these for good: they can be disowned, and undone or stopped.
OPEN_CHANGE = frozenset({ChangeState.APPLIED, ChangeState.PENDING, ChangeState.STOPPED, ChangeState.OBJECTED})
# And these have not been objected to yet.
UNANSWERED_CHANGE = OPEN_CHANGE - {ChangeState.OBJECTED}

PENDING_TRANSITIONS: dict[str, frozenset[str]] = {
    PendingState.PENDING: frozenset({PendingState.CONFIRMED, PendingState.CANCELLED}),
    PendingState.CONFIRMED: frozenset(),
    PendingState.CANCELLED: frozenset(),
}

CONTACT_TRANSITIONS: dict[str, frozenset[str]] = {
    ContactState.INVITED: frozenset({ContactState.ACCEPTED, ContactState.DECLINED}),
    ContactState.ACCEPTED: frozenset({ContactState.RESIGNED}),
    ContactState.DECLINED: frozenset(),
    ContactState.RESIGNED: frozenset(),
}
