"""When the account may be restored."""

from django.utils.translation import gettext as _

from accounts.rollback.plans import Plan
from common.errors import Denied
from recovery.approvals import policies as approval_policies
from recovery.approvals.readiness import RestoreReadiness
from recovery.cases import policies as case_policies
from recovery.models import Case, Dispute
from recovery.takeover import policies as takeover_policies


def check_can_restore(
    case: Case, agent_id: int, readiness: RestoreReadiness, *, dispute: Dispute | None
) -> None:
    """May the agent restore the account now? ``dispute``: the one that is open about the account."""
    check_shown(case, agent_id, readiness)
    check_undisputed(dispute)
    if readiness.is_dispute:
        raise Denied(
            _(
                "We have only the caller’s word that this change wasn’t the owner’s, so this may be a "
                "dispute between two owners. Announce the restore instead. It waits for 72 hours."
            )
        )
    if readiness.needs_second_person:
        approval_policies.check_approved(readiness.approval)


def check_gives_back(plan: Plan | None) -> None:
    if approval_policies.gives_up(plan):
        raise Denied(_("The account still wouldn’t have the address that the caller named."))


def check_shown(case: Case, agent_id: int, readiness: RestoreReadiness) -> None:
    case_policies.check_works_on(case, agent_id)
    takeover_policies.check_desk_can_recover(case)
    if not readiness.suffices:
        raise Denied(_("There isn’t enough evidence yet."))


def check_undisputed(dispute: Dispute | None) -> None:
    if dispute is not None:
        raise Denied(_("There’s a dispute about this account. Nothing changes hands until it’s decided."))
