"""What pages call recovery codes."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authenticators.base import Words
from accounts.selectors import BoundAuthenticator


def _offered(sets: Sequence[BoundAuthenticator]) -> str:
    return _("Recovery code, %(left)s unused") % {"left": sum(one.left or 0 for one in sets)}


WORDS = Words(
    label=gettext_lazy("Recovery code"),
    wrong=gettext_lazy("This code is incorrect, or it has already been used. Try another one."),
    too_young=gettext_lazy(
        "We can’t accept your recovery codes here, because they were created with or after these changes."
    ),
    offered=_offered,
)
