"""When the agent may act on what the caller says."""

from datetime import datetime

from django.utils.translation import gettext as _

from common.errors import Denied, refusal_of
from recovery.evidence import policies as evidence_policies
from recovery.models import CallAttempt, Case


def check_can_end_sessions(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, methods: set[str]
) -> None:
    """The caller has read out the code and shown one thing that counts: a stranger could end them all."""
    evidence_policies.check_can_ask(case, agent_id, attempt, now)
    if not methods:
        raise Denied(_("First get one accepted piece of evidence from the caller."))


def check_can_confirm(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, *, proves_older: bool
) -> None:
    """*This was me*: only from who has shown something that was there before the change."""
    evidence_policies.check_can_ask(case, agent_id, attempt, now)
    if not proves_older:
        raise Denied(_("First get evidence from the caller that is older than this change."))


def can_confirm(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, *, proves_older: bool
) -> bool:
    return not refusal_of(check_can_confirm, case, agent_id, attempt, now, proves_older=proves_older)
