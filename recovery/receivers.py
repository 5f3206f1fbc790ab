"""What this app hears."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import session_ended, undo_needed
from recovery import selectors
from recovery.services import presence


@receiver(undo_needed)
def accounts_in_open_cases(**_kwargs: Any) -> list[int]:
    """Evidence and undoing still need what these accounts had at the moment of their request."""
    return selectors.accounts_in_open_cases()


@receiver(session_ended)
def leave_the_desk(user_id: int, reason: str, **_kwargs: Any) -> None:
    """Who is signed in nowhere any more is not at the desk."""
    presence.signed_out(agent_id=user_id, reason=reason)
