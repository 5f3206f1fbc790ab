"""The fingerprint by which a second person's approval knows the plan of a restore again."""

import hashlib
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.rollback.plans import Plan

UNCOUNTED = frozenset({"sessions_ended"})
"""All sessions end, however many there are at that moment: one that runs out makes no other plan."""


def plan_fingerprint(plan: Plan) -> str:
    """SHA-256 of the plan's steps and the changes that it undoes: plans that do the same have the same."""
    steps: list[tuple[str, dict[str, Any]]] = [
        (step.kind, {} if step.kind in UNCOUNTED else dict(step.data)) for step in plan.steps
    ]
    undone = [line.id for line in plan.lines if line.chosen]
    # In full, to the microsecond: Django's own encoder would shorten moments.
    spelled = _Encoder(sort_keys=True, separators=(",", ":")).encode([steps, undone])
    return hashlib.sha256(spelled.encode()).hexdigest()


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else super().default(value)
