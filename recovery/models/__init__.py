from recovery.models.approval import Approval
from recovery.models.callback import CallAttempt, Callback, CallSpending
from recovery.models.case import Case, Note, Reading
from recovery.models.dispute import Dispute
from recovery.models.duty import Duty
from recovery.models.evidence import Evidence

__all__ = [
    "Approval",
    "CallAttempt",
    "CallSpending",
    "Callback",
    "Case",
    "Dispute",
    "Duty",
    "Evidence",
    "Note",
    "Reading",
]
