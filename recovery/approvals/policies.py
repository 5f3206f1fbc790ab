"""When two people must agree, and who the second may be."""

from collections.abc import Set

from django.utils.translation import gettext as _

from accounts.rollback.plans import Plan
from common.errors import Denied, refusal_of
from recovery.evidence.methods import registry as evidence_methods
from recovery.models import Approval
from recovery.states import ApprovalState


def needs_second_person(
    methods: Set[str], *, adds: bool = False, plan: Plan | None = None, reported: bool = False
) -> bool:
    """Without an authenticator in the caller's hands, two people must agree; so must they to undo more
    than what is doubtful (``adds``), that the address which the caller names is given up for good, and where
    a recovery contact has ``reported`` a fraud.

    What isn't in the hand, such as mailed and saved codes, can all lie in one stolen mailbox.
    """
    return (
        adds
        or reported
        or gives_up(plan)
        or not any(evidence_methods.by_name(one).in_the_hand for one in methods)
    )


def gives_up(plan: Plan | None) -> bool:
    """Would the lost address that the caller names still not be on the account afterwards?"""
    return plan is not None and not plan.gives_back_claim


def check_can_request(*, suffices: bool, needs_second_person: bool) -> None:
    """A second person is asked once the evidence suffices, and only where two must agree."""
    if not suffices:
        raise Denied(_("There isn’t enough evidence yet."))
    if not needs_second_person:
        raise Denied(_("This case doesn’t need a second person."))


def check_approved(approval: Approval | None) -> None:
    if approval is None or approval.state != ApprovalState.APPROVED:
        raise Denied(_("A second person must approve first."))


def check_can_decide(approval: Approval, person_id: int) -> None:
    """The second person has never worked on the case, and it is not their own account."""
    if person_id in {approval.requested_by_id, approval.case.agent_id}:
        raise Denied(_("Someone else must decide, because you asked for it or you’re working on the case."))
    if person_id in approval.case.worked_by:
        raise Denied(_("Someone else must decide, because you’ve worked on this case yourself."))
    if person_id == approval.case.account_id:
        raise Denied(_("You can’t decide on your own account."))
    if approval.state != ApprovalState.REQUESTED:
        raise Denied(_("This has already been decided."))


def can_decide(approval: Approval, person_id: int) -> bool:
    return not refusal_of(check_can_decide, approval, person_id)
