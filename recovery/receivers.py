"""What this app hears."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import session_ended
from recovery.services import presence


@receiver(session_ended)
def leave_the_desk(user_id: int, reason: str, **_kwargs: Any) -> None:
    """Who is signed in nowhere any more is not at the desk."""
    presence.signed_out(agent_id=user_id, reason=reason)
