"""What a restore would do, and the fingerprint by which a second person's approval knows it again."""

import hashlib
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.services import undo
from accounts.services.undo import Plan
from recovery import policies, selectors
from recovery.models import Case

UNCOUNTED = frozenset({"sessions_ended"})
"""All sessions end, however many there are at that moment: one that runs out makes no other plan."""


def plan(case: Case) -> Plan | None:
    """What a restore would do now, or None where the desk may not act on any account."""
    if case.account_id is None or not policies.desk_can_recover(case):
        return None
    return undo.plan(user_id=case.account_id, since=selectors.bound_before(case))


def plan_fingerprint(plan: Plan) -> str:
    """SHA-256 of the plan's steps in one spelling: two plans that do the same have the same."""
    steps: list[tuple[str, dict[str, Any]]] = [
        (step.kind, {} if step.kind in UNCOUNTED else dict(step.data)) for step in plan.steps
    ]
    # In full, to the microsecond: Django's own encoder would shorten moments.
    spelled = _Encoder(sort_keys=True, separators=(",", ":")).encode(steps)
    return hashlib.sha256(spelled.encode()).hexdigest()


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else super().default(value)
