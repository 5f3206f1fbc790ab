"""What this app hears."""

from typing import Any

from django.dispatch import receiver

from accounts.selectors import accounts_of_address
from audit.signals import account_sought


@receiver(account_sought)
def find_by_address(text: str, **_kwargs: Any) -> list[int]:
    """The trail asks whose address this is or was."""
    return accounts_of_address(text)
