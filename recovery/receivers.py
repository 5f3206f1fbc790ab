"""What this app hears."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.signals import check_up_asked, permissions_lost, session_ended, undo_needed
from accounts.words import CheckUpItem
from common.local_time import exact_words
from recovery import insiders
from recovery.cases import selectors as case_selectors
from recovery.queue import presence
from recovery.restoration import selectors as restoration_selectors
from recovery.states import DisputeState


@receiver(undo_needed)
def accounts_in_open_cases(**_kwargs: Any) -> list[int]:
    """Evidence and undoing still need what these accounts had at the moment of their request."""
    return case_selectors.accounts_in_open_cases()


@receiver(session_ended)
def leave_the_desk(user_id: int, reason: str, **_kwargs: Any) -> None:
    """Who is signed in nowhere any more is not at the desk."""
    presence.signed_out(agent_id=user_id, reason=reason)


@receiver(permissions_lost)
def take_from_their_hands(user_id: int, permissions: frozenset[str], reason: str, **_kwargs: Any) -> None:
    """Who may not work at the desk any more has nothing in hand, from this moment on."""
    if insiders.PERMISSION in permissions:
        presence.stop_working(agent_id=user_id, reason=reason)


@receiver(check_up_asked)
def tell_of_dispute(user_id: int, **_kwargs: Any) -> CheckUpItem | None:
    """Somebody else asks for this account: its present owner sees it first of all."""
    dispute = restoration_selectors.open_dispute_about(user_id)
    if dispute is None:
        return None
    if dispute.state != DisputeState.ANNOUNCED:
        return CheckUpItem(
            _("Two people are deciding who this account belongs to"),
            _("Someone else has asked for it, and that was contested. We’ll e-mail you when it’s decided."),
            reverse("dispute_mine"),
            _("Review"),
        )
    when = exact_words(dispute.due_at)
    return CheckUpItem(
        _("Someone else has asked for this account"),
        _("They’ll get it on %(when)s unless you contest it.") % {"when": when},
        reverse("dispute_mine"),
        _("Review"),
    )
