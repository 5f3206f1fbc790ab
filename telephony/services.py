"""Which dialer the settings name."""

from django.conf import settings

from telephony.dialers.base import Dialer
from telephony.dialers.manual import ManualDialer

DIALERS: dict[str, type[Dialer]] = {"manual": ManualDialer}


def dialer() -> Dialer:
    """The dialer of this portal."""
    return DIALERS[settings.DIALER]()
