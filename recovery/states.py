"""Every state and every move of the desk's work, in one place. Plain Python: no Django, no database.

``manage.py generate_docs`` draws the tables into ``docs/reference/states.md``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class CaseState(StrEnum):
    WAITING = "waiting"
    """Asked for; no agent has it."""
    WORKING = "working"
    """An agent has it."""
    DISPUTED = "disputed"
    """The claimant has shown enough, but so might who has the account now: it waits (see ``DISPUTE``)."""
    RESTORED = "restored"
    REFUSED = "refused"
    """The caller could not be shown to be the owner, or the desk may not act."""
    UNREACHABLE = "unreachable"
    """Every try to call ended without a conversation."""
    WITHDRAWN = "withdrawn"
    """The claimant cancelled."""
    SUPERSEDED = "superseded"
    """This browser asked again, the caller read out another page's code, or the account was restored."""


CASE = {
    CaseState.WAITING: frozenset(
        {CaseState.WORKING, CaseState.UNREACHABLE, CaseState.WITHDRAWN, CaseState.SUPERSEDED}
    ),
    CaseState.WORKING: frozenset(
        {
            CaseState.WAITING,
            CaseState.DISPUTED,
            CaseState.RESTORED,
            CaseState.REFUSED,
            CaseState.UNREACHABLE,
            CaseState.WITHDRAWN,
            CaseState.SUPERSEDED,
        }
    ),
    CaseState.DISPUTED: frozenset(
        {CaseState.RESTORED, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.SUPERSEDED}
    ),
    CaseState.RESTORED: frozenset[CaseState](),
    CaseState.REFUSED: frozenset[CaseState](),
    CaseState.UNREACHABLE: frozenset[CaseState](),
    CaseState.WITHDRAWN: frozenset[CaseState](),
    CaseState.SUPERSEDED: frozenset[CaseState](),
}
OPEN_CASE = (CaseState.WAITING, CaseState.WORKING, CaseState.DISPUTED)


class CallbackState(StrEnum):
    WAITING = "waiting"
    """In the queue; it may be offered from ``due_at`` on."""
    OFFERED = "offered"
    """One agent is being asked, until ``offer_expires_at``."""
    ASSIGNED = "assigned"
    """An agent took it and works on the case."""
    DONE = "done"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"
    """Three tries, no conversation."""


CALLBACK = {
    CallbackState.WAITING: frozenset(
        {
            CallbackState.OFFERED,
            CallbackState.ASSIGNED,
            CallbackState.CANCELLED,
            CallbackState.GIVEN_UP,
        }
    ),
    CallbackState.OFFERED: frozenset(
        {CallbackState.ASSIGNED, CallbackState.WAITING, CallbackState.CANCELLED}
    ),
    CallbackState.ASSIGNED: frozenset(
        {
            CallbackState.WAITING,
            CallbackState.DONE,
            CallbackState.CANCELLED,
            CallbackState.GIVEN_UP,
        }
    ),
    CallbackState.DONE: frozenset[CallbackState](),
    CallbackState.CANCELLED: frozenset[CallbackState](),
    CallbackState.GIVEN_UP: frozenset[CallbackState](),
}
OPEN_CALLBACK = (CallbackState.WAITING, CallbackState.OFFERED, CallbackState.ASSIGNED)
IN_LINE = (CallbackState.WAITING, CallbackState.OFFERED)
"""Not in anybody's hands yet: it may still be moved, corrected or replaced."""
BUSY = (CallbackState.OFFERED, CallbackState.ASSIGNED)
"""While one request for a number is in these, no other one for it is offered or taken: it rings once."""


class AttemptState(StrEnum):
    PLANNED = "planned"
    """Written before the dialer is asked, so that a call is never placed twice."""
    CALLING = "calling"
    TALKING = "talking"
    ENDED = "ended"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    FAILED = "failed"
    INVALID_NUMBER = "invalid_number"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """Nobody knows whether it rang: the agent is asked, it is never blindly dialled again."""
    LEFT_OPEN = "left_open"
    """The agent's page was gone, and nobody has said how the call ended."""


_UNANSWERED = frozenset(
    {
        AttemptState.NO_ANSWER,
        AttemptState.BUSY,
        AttemptState.VOICEMAIL,
        AttemptState.FAILED,
        AttemptState.INVALID_NUMBER,
        AttemptState.CANCELLED,
    }
)
ATTEMPT = {
    AttemptState.PLANNED: frozenset(
        {
            AttemptState.CALLING,
            AttemptState.FAILED,
            AttemptState.CANCELLED,
            AttemptState.UNKNOWN,
            AttemptState.LEFT_OPEN,
        }
    ),
    AttemptState.CALLING: _UNANSWERED | {AttemptState.TALKING, AttemptState.UNKNOWN, AttemptState.LEFT_OPEN},
    AttemptState.TALKING: frozenset({AttemptState.ENDED, AttemptState.CANCELLED, AttemptState.LEFT_OPEN}),
    AttemptState.UNKNOWN: _UNANSWERED | {AttemptState.TALKING, AttemptState.LEFT_OPEN},
    **{state: frozenset[AttemptState]() for state in sorted(_UNANSWERED)},
    AttemptState.ENDED: frozenset[AttemptState](),
    AttemptState.LEFT_OPEN: frozenset[AttemptState](),
}
LIVE_ATTEMPT = (
    AttemptState.PLANNED,
    AttemptState.CALLING,
    AttemptState.TALKING,
    AttemptState.UNKNOWN,
)


class ApprovalState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The case changed hands or ended, or the evidence or the plan is no longer what was looked at."""


APPROVAL = {
    ApprovalState.REQUESTED: frozenset(
        {ApprovalState.APPROVED, ApprovalState.DECLINED, ApprovalState.WITHDRAWN}
    ),
    ApprovalState.APPROVED: frozenset({ApprovalState.WITHDRAWN}),
    ApprovalState.DECLINED: frozenset[ApprovalState](),
    ApprovalState.WITHDRAWN: frozenset[ApprovalState](),
}
STANDING_APPROVAL = (ApprovalState.REQUESTED, ApprovalState.APPROVED)


class EvidenceState(StrEnum):
    ASKED = "asked"
    PASSED = "passed"
    FAILED = "failed"
    """The tries are used up."""
    DECLINED = "declined"
    """The recovery contact did not vouch, or reported a fraud."""
    EXPIRED = "expired"
    VOIDED = "voided"
    """The case changed hands, or the agent asked anew."""


EVIDENCE = {
    EvidenceState.ASKED: frozenset(
        {
            EvidenceState.PASSED,
            EvidenceState.FAILED,
            EvidenceState.DECLINED,
            EvidenceState.EXPIRED,
            EvidenceState.VOIDED,
        }
    ),
    EvidenceState.PASSED: frozenset({EvidenceState.EXPIRED, EvidenceState.VOIDED}),
    EvidenceState.FAILED: frozenset[EvidenceState](),
    EvidenceState.DECLINED: frozenset[EvidenceState](),
    EvidenceState.EXPIRED: frozenset[EvidenceState](),
    EvidenceState.VOIDED: frozenset[EvidenceState](),
}


class DisputeState(StrEnum):
    ANNOUNCED = "announced"
    """Every address was told; nobody has contested it. At ``due_at`` the account is restored."""
    CONTESTED = "contested"
    """Two people decide; nothing changes hands until then."""
    PROPOSED = "proposed"
    """One person has decided, with a written reason; a second one confirms or rejects it."""
    GIVEN = "given"
    """The account was restored to the claimant."""
    STAYS = "stays"
    """The account stays with who has it."""
    WITHDRAWN = "withdrawn"
    """The claimant withdrew, or the case ended in another way."""


DISPUTE = {
    DisputeState.ANNOUNCED: frozenset({DisputeState.CONTESTED, DisputeState.GIVEN, DisputeState.WITHDRAWN}),
    DisputeState.CONTESTED: frozenset({DisputeState.PROPOSED, DisputeState.WITHDRAWN}),
    DisputeState.PROPOSED: frozenset(
        {DisputeState.CONTESTED, DisputeState.GIVEN, DisputeState.STAYS, DisputeState.WITHDRAWN}
    ),
    DisputeState.GIVEN: frozenset[DisputeState](),
    DisputeState.STAYS: frozenset[DisputeState](),
    DisputeState.WITHDRAWN: frozenset[DisputeState](),
}
OPEN_DISPUTE = (DisputeState.ANNOUNCED, DisputeState.CONTESTED, DisputeState.PROPOSED)


class DutyState(StrEnum):
    OFF = "off"
    FREE = "free"
    OFFERED = "offered"
    BUSY = "busy"
    """On a case, or still on the telephone after the case was closed."""
    WRAP_UP = "wrap_up"
    """Case and call are over; the agent writes the last note, until ``wrap_up_until``."""


DUTY = {
    DutyState.OFF: frozenset({DutyState.FREE}),
    DutyState.FREE: frozenset({DutyState.OFF, DutyState.OFFERED, DutyState.BUSY}),
    DutyState.OFFERED: frozenset({DutyState.BUSY, DutyState.FREE, DutyState.OFF}),
    # Off duty at once where the agent's page was gone when the case or the call ended.
    DutyState.BUSY: frozenset({DutyState.WRAP_UP, DutyState.FREE, DutyState.OFF}),
    DutyState.WRAP_UP: frozenset({DutyState.FREE, DutyState.OFF}),
}

TABLES: dict[str, Mapping[Any, frozenset[Any]]] = {
    "Case": CASE,
    "Call-back": CALLBACK,
    "Call attempt": ATTEMPT,
    "Evidence": EVIDENCE,
    "Dispute": DISPUTE,
    "Approval": APPROVAL,
    "Duty of an agent": DUTY,
}
