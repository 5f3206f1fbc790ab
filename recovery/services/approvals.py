"""Two people: one asks, another decides. Written into the schema, not only into an ``if``."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit.services
from common import clock, live
from common.errors import Denied, Stale
from recovery import policies, selectors
from recovery.models import Approval, Case
from recovery.states import ApprovalState


@transaction.atomic
def request(*, case: Case, agent_id: int, reason: str) -> Approval:
    """The agent asks for the second person, once the evidence suffices.

    Raises:
        Denied: not yet, or no second person is needed.
        Stale: it has been asked for already.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("account").get(pk=case.pk)
    policies.check_works_on(case, agent_id)
    policies.check_desk_may_recover(case)
    standing = selectors.standing_of(case)
    if not standing.suffices:
        raise Denied(_("The evidence does not suffice yet."))
    if not standing.needs_second_person:
        raise Denied(_("This case needs no second person."))
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                case=case, requested_by_id=agent_id, requested_at=clock.now(), reason=reason
            )
    except IntegrityError:
        raise Stale(_("This has been asked for already.")) from None
    audit.services.record("approval.requested", account=case.account_id, case=case.pk)
    _tell(approval)
    return approval


@transaction.atomic
def decide(*, approval: Approval, by: int, approve: bool) -> None:
    """The second person approves or declines.

    Raises:
        Denied: this person may not decide it.
        Stale: it has been decided or withdrawn in the meantime.
    """
    policies.check_may_decide(approval, by)
    to = ApprovalState.APPROVED if approve else ApprovalState.DECLINED
    Approval.objects.move(approval, to, decided_by_id=by, decided_at=clock.now())
    audit.services.record(
        "approval.approved" if approve else "approval.declined",
        account=approval.case.account_id,
        case=approval.case_id,
    )
    _tell(approval)


def _tell(approval: Approval) -> None:
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{approval.case_id}")
    live.publish_on_commit(f"agent:{approval.requested_by_id}")
