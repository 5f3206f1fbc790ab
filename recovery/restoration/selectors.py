"""What stands in the way of a restore."""

from django.db.models import QuerySet

from common.once import once
from recovery import states
from recovery.models import Dispute


def disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related(
        "case", "case__callback", "case__account", "account", "announced_by", "approved_by", "decided_by"
    )


@once
def open_dispute_about(account_id: int | None) -> Dispute | None:
    """The dispute about this account that isn't over, if there is one."""
    return disputes().filter(account_id=account_id, state__in=states.OPEN_DISPUTE).first()
