"""The mail that tells of several notices at once."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from notifications.delivery import services
from notifications.recipients import Recipient
from notifications.registry import register

register({"digest": _("several notices in one e-mail")})


def digest(recipient: Recipient, *, count: int, entries: Sequence[dict[str, Any]], more: int) -> int:
    """``count`` notices since the last one that came by itself, newest first.

    Each entry: ``message``, the mail that it would have been; ``times``, and when the ``first`` and the last
    of them was (``at``); ``place``, ``browser``, and the ``link`` of what its reader can do about it.
    ``more``: how many notices are in none of them.
    """
    return services.queue("digest", recipient, count=count, entries=list(entries), more=more)
