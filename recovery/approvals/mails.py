"""A mail to those who may be the second person, where nobody at the desk has looked yet."""

from datetime import timedelta

from django.db import transaction

import accounts.selectors
from accounts.links import absolute
from accounts.selectors import Colleague
from common import clock
from notifications.recipients import Recipient
from recovery import mails
from recovery.approvals import selectors
from recovery.models import Approval
from recovery.queue import presence
from recovery.states import ApprovalState

PATIENCE = timedelta(minutes=1)
"""So long those who have a page of the console open are left to see it there."""
PAUSE = timedelta(minutes=10)
"""Between two mails about one case: an agent who asks again and again fills nobody's mailbox."""
PERMISSION = "desk.supervise"


def write_to_deciders() -> int:
    """Each person gets one mail an approval at most. Returns how many were written."""
    now = clock.now()
    open_ones = list(
        selectors.approvals_wanted()
        .filter(mailed_at=None)
        .exclude(case__approvals__mailed_at__gt=now - PAUSE)
    )
    if not open_ones:
        return 0
    colleagues = {one.id: one for one in accounts.selectors.colleagues_with(PERMISSION)}
    written = 0
    for approval in open_ones:
        deciders = [colleagues[one] for one in sorted(selectors.who_can_decide(approval, colleagues))]
        somebody_sees_it = presence.has_page_open(one.id for one in deciders)
        if approval.requested_at <= now - PATIENCE or not somebody_sees_it:
            written += _write(approval, deciders)
    return written


@transaction.atomic
def _write(approval: Approval, deciders: list[Colleague]) -> int:
    still = Approval.objects.filter(pk=approval.pk, state=ApprovalState.REQUESTED, mailed_at=None)
    if not deciders or not still.update(mailed_at=clock.now()):
        return 0
    for one in deciders:
        mails.approval_wanted(
            Recipient(one.email, one.language, one.zone, account=one.id, case=approval.case_id),
            case_reference=approval.case.reference,
            agent=str(approval.requested_by),
            at=approval.requested_at,
            link=absolute("board:approval", approval.pk),
        )
    return len(deciders)
