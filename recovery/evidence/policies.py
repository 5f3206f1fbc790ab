"""What may be asked for, how long it holds, and when it is enough."""

from collections.abc import Set
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from common.errors import Denied
from recovery.cases import policies as case_policies
from recovery.models import CallAttempt, Case, Evidence
from recovery.states import EvidenceState
from recovery.takeover import policies as takeover_policies

EMAIL_CODE_LIFE = timedelta(minutes=10)
PROMPT_LIFE = timedelta(minutes=10)
EVIDENCE_LIFE = timedelta(minutes=30)
CONTACT_LINK_LIFE = timedelta(hours=24)
VOUCH_LIFE = timedelta(hours=4)
"""The contact answers when they have reached the owner, who is then called again."""
CONTACTS_A_CASE = 3
"""One after the other: each is asked alone, and nobody is worn down by asking all of them."""
FAILURES_A_METHOD = 5
"""In the whole case: asking anew does not give new tries (NIST SP 800-63B-4 section 3.1.3.2)."""
EMAIL_CODES_A_CASE = 5
CALL_LIFE = timedelta(minutes=60)
"""How long a confirmed read-out code shows that the agent speaks with whoever opened the page."""


def check_can_ask(case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime) -> None:
    """Evidence may be asked for: the desk may recover the account, the caller read out the code."""
    case_policies.check_works_on(case, agent_id)
    takeover_policies.check_desk_can_recover(case)
    if attempt is None or not attempt.read_out_confirmed_at or attempt.agent_id != agent_id:
        raise Denied(_("First ask the caller to read out the code on their page."))
    if now - attempt.read_out_confirmed_at > CALL_LIFE:
        raise Denied(_("The code was confirmed too long ago. Call again."))


def valid_evidence(evidence: list[Evidence], now: datetime, agent_id: int | None) -> list[Evidence]:
    """What counts now: passed, not expired, collected by the agent who has the case."""
    return [
        one
        for one in evidence
        if one.state == EvidenceState.PASSED and one.expires_at > now and one.agent_id == agent_id
    ]


def methods_needed(*, had_second_factor: bool) -> int:
    """How many different methods the caller must pass (NIST SP 800-63B-4 section 4.2.2.2)."""
    return 2 if had_second_factor else 1


def is_enough(methods: Set[str], *, had_second_factor: bool) -> bool:
    return len(methods) >= methods_needed(had_second_factor=had_second_factor)
