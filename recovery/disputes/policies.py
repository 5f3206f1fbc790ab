"""When a restore is announced instead of done, who may contest it, and who decides."""

from django.utils.translation import gettext as _

from common.errors import Denied, refusal_of
from recovery.approvals import policies as approval_policies
from recovery.approvals.readiness import RestoreReadiness
from recovery.cases import policies as case_policies
from recovery.models import Case, Dispute
from recovery.restoration import policies as restoration_policies
from recovery.states import DisputeState

LINK_FAILURES = 5
"""Wrong codes by the link that one address got: nobody uses up the tries of who reads another one."""


def check_can_announce(
    case: Case,
    agent_id: int,
    readiness: RestoreReadiness,
    *,
    dispute: Dispute | None,
    announced_before: bool,
) -> None:
    """May the agent announce a restore, instead of doing it? Two people always agree to that."""
    restoration_policies.check_shown(case, agent_id, readiness)
    restoration_policies.check_undisputed(dispute)
    restoration_policies.check_gives_back(readiness.plan)
    if not readiness.is_dispute:
        raise Denied(_("This isn’t a dispute. Restore the account, or refuse the case."))
    if announced_before:
        raise Denied(_("This was announced earlier and withdrawn, so it can’t be announced again."))
    approval_policies.check_approved(readiness.approval)


def check_can_contest_in_call(
    case: Case, agent_id: int, readiness: RestoreReadiness, *, dispute: Dispute | None
) -> None:
    """The agent contests a dispute for a caller who has shown enough in a case of their own."""
    case_policies.check_works_on(case, agent_id)
    if dispute is None or dispute.case_id == case.pk or dispute.state != DisputeState.ANNOUNCED:
        raise Denied(_("There’s no announced restore that this caller could contest."))
    if not readiness.suffices:
        raise Denied(_("There isn’t enough evidence yet."))


def check_can_decide_dispute(dispute: Dispute, person_id: int, *, worked: set[int]) -> None:
    """Who decides has not worked on the case, it's not their own account, and the second isn't the first."""
    if person_id in worked or person_id == dispute.announced_by_id:
        raise Denied(_("You’ve worked on this case, so someone else must decide."))
    if person_id == dispute.account_id:
        raise Denied(_("You can’t decide on your own account."))
    if dispute.state == DisputeState.ANNOUNCED:
        raise Denied(_("Nobody has contested this. It happens automatically when the time comes."))
    if dispute.state not in (DisputeState.CONTESTED, DisputeState.PROPOSED):
        raise Denied(_("This has already been decided."))
    if dispute.state == DisputeState.PROPOSED and person_id == dispute.decided_by_id:
        raise Denied(_("You’ve decided. A second person must now confirm it."))


def can_decide_dispute(dispute: Dispute, person_id: int, *, worked: set[int]) -> bool:
    return not refusal_of(check_can_decide_dispute, dispute, person_id, worked=worked)
