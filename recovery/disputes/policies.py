"""When a restore is announced instead of done, who may contest it, and who decides."""

from django.utils.translation import gettext as _

from accounts.doubt.judgement import Doubt
from accounts.rollback.plans import Plan
from common.errors import Denied
from recovery.approvals import policies as approval_policies
from recovery.cases import policies as case_policies
from recovery.models import Approval, Case, Dispute
from recovery.restoration import policies as restoration_policies
from recovery.states import DisputeState

LINK_FAILURES = 5
"""Wrong codes by the link that one address got: nobody uses up the tries of who reads another one."""


def check_may_announce(
    case: Case,
    agent_id: int,
    *,
    methods: set[str],
    had_second_factor: bool,
    approval: Approval | None,
    plan: Plan | None,
    doubt: Doubt,
    dispute: Dispute | None,
    announced_before: bool,
) -> None:
    """May the agent announce a restore, instead of doing it? Two people always agree to that."""
    restoration_policies.check_shown(case, agent_id, methods=methods, had_second_factor=had_second_factor)
    restoration_policies.check_undisputed(dispute)
    restoration_policies.check_gives_back(plan)
    if not doubt.is_dispute:
        raise Denied(_("This is no dispute: restore the account, or refuse the case."))
    if announced_before:
        raise Denied(_("This was announced before and withdrawn. It can't be announced again."))
    approval_policies.check_approved(approval)


def check_may_contest_in_call(case: Case, agent_id: int, *, suffices: bool, dispute: Dispute | None) -> None:
    """The agent contests a dispute for a caller who has shown enough in a case of their own."""
    case_policies.check_works_on(case, agent_id)
    if dispute is None or dispute.case_id == case.pk or dispute.state != DisputeState.ANNOUNCED:
        raise Denied(_("Nothing is announced that this caller could contest."))
    if not suffices:
        raise Denied(_("The evidence does not suffice yet."))


def check_may_decide_dispute(dispute: Dispute, person_id: int, *, worked: set[int]) -> None:
    """Who decides has not worked on the case, it's not their own account, and the second isn't the first."""
    if person_id in worked or person_id == dispute.announced_by_id:
        raise Denied(_("You have worked on this case, so somebody else has to decide."))
    if person_id == dispute.account_id:
        raise Denied(_("Nobody decides about their own account."))
    if dispute.state == DisputeState.ANNOUNCED:
        raise Denied(_("Nobody has contested this. It's done by itself when its time has come."))
    if dispute.state not in (DisputeState.CONTESTED, DisputeState.PROPOSED):
        raise Denied(_("This has been decided already."))
    if dispute.state == DisputeState.PROPOSED and person_id == dispute.decided_by_id:
        raise Denied(_("You have decided. Now a second person has to confirm it."))
