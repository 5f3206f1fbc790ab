"""Who may work on a case, and how urgent a request is by the claimant's words."""

from django.utils.translation import gettext as _

from common.errors import Denied, refusal_of
from recovery.models import Case
from recovery.models.case import Category
from recovery.states import CaseState

CLAIMED = 1
"""The most urgent priority that a claimant's own words give; 0 is what the portal has found out."""


def priority_of(category: Category | str) -> int:
    """How urgent a request is by the claimant's own words."""
    return CLAIMED if category == Category.TAKEN_OVER else CLAIMED + 1


def works_on(case: Case, agent_id: int) -> bool:
    """Is the case in work, and in this agent's hands?"""
    return case.state == CaseState.WORKING and case.agent_id == agent_id


def check_works_on(case: Case, agent_id: int) -> None:
    if not works_on(case, agent_id):
        raise Denied(_("This case isn’t assigned to you."))


def can_write(case: Case, agent_id: int) -> bool:
    return not refusal_of(check_can_write, case, agent_id)


def check_can_write(case: Case, agent_id: int) -> None:
    """Notes are the agent's who has the case, and until they have written up."""
    if case.agent_id != agent_id:
        raise Denied(_("This case isn’t assigned to you."))
    if case.is_snapshot:
        raise Denied(_("Your wrap-up has ended, so you can’t add to this case."))
