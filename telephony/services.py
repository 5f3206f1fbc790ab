"""Placing calls through the dialer that the settings name."""

from django.conf import settings

from telephony.dialers.base import Dialer
from telephony.dialers.manual import ManualDialer
from telephony.types import CallOrder, Placement

DIALERS: dict[str, type[Dialer]] = {"manual": ManualDialer}


def dialer() -> Dialer:
    """The dialer of this portal."""
    return DIALERS[settings.DIALER]()


def place(order: CallOrder) -> Placement:
    """Hand one order to the dialer. Write the attempt's row, and commit it, before you call this.

    Raises:
        DialError: the call was certainly not placed.
    """
    return dialer().place(order)
