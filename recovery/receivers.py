"""What this app hears."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import undo_needed
from recovery import selectors


@receiver(undo_needed)
def accounts_in_open_cases(**_kwargs: Any) -> list[int]:
    """Evidence and undoing still need what these accounts had at the moment of their request."""
    return selectors.accounts_in_open_cases()
