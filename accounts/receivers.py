"""What this app hears."""

from typing import Any

from django.dispatch import receiver

from accounts import owner_notifications
from accounts.selectors import accounts_of_address, reads_linkless
from audit.signals import account_sought
from notifications.signals import handed_over, linkless_asked


@receiver(account_sought)
def find_by_address(text: str, **_kwargs: Any) -> list[int]:
    """The trail asks whose address this is or was."""
    return accounts_of_address(text)


@receiver(linkless_asked)
def wants_linkless_mails(account: int | None, address: str, **_kwargs: Any) -> bool:
    """Does this person, or whoever has this address now, want mails without links?"""
    return reads_linkless(account, address)


@receiver(handed_over)
def notice_was_handed_over(delivery_id: int, **_kwargs: Any) -> None:
    """The mail server has taken a mail: perhaps the last that tells the owner of a change."""
    owner_notifications.was_handed_over(delivery_id)
