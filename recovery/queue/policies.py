"""Who is offered what, and who may take a call by hand."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from common.errors import Denied
from recovery.models import Callback

DECLINE_COOLDOWN = timedelta(minutes=1)
"""An agent who passed a call on is not asked again for so long: for ever would leave calls waiting."""


def check_can_claim(callback: Callback, agent_id: int, *, is_free: bool, now: datetime) -> None:
    """A free agent may take a call that is due, but not about their own account."""
    if callback.case.account_id == agent_id:
        raise Denied(_("You can’t work on your own account."))
    if callback.due_at > now:
        raise Denied(_("This call isn’t due yet."))
    if not is_free:
        raise Denied(_("Finish your current work and go on duty first."))
