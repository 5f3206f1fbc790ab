"""What stands in the way of a restore."""

from django.db.models import QuerySet

from common.once import once
from recovery import states
from recovery.approvals import readiness
from recovery.approvals.readiness import RestoreReadiness
from recovery.models import Case, Dispute
from recovery.restoration import policies


def disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related(
        "case", "case__callback", "case__account", "account", "announced_by", "approved_by", "decided_by"
    )


@once
def open_dispute_about(account_id: int | None) -> Dispute | None:
    """The dispute about this account that isn't over, if there is one."""
    return disputes().filter(account_id=account_id, state__in=states.OPEN_DISPUTE).first()


def check_can_restore_now(case: Case, agent_id: int) -> RestoreReadiness:
    """The one question behind the button and the write; returns by what it was answered.

    Raises:
        Denied: the policy is not satisfied.
    """
    ready = readiness.readiness_of(case)
    policies.check_can_restore(case, agent_id, ready, dispute=open_dispute_about(case.account_id))
    return ready
