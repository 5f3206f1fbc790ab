"""What pages call code apps."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.authenticators.base import Words
from accounts.selectors import BoundAuthenticator
from common.text import isolate


def _offered(apps: Sequence[BoundAuthenticator]) -> str:
    removed = all(one.removed_at for one in apps)
    what = _("Previous authenticator app") if removed else _("Authenticator app")
    names = pgettext("between the parts of a list", ", ").join(isolate(one.name) for one in apps if one.name)
    return _("%(what)s: %(names)s") % {"what": what, "names": names} if names else what


WORDS = Words(
    label=gettext_lazy("Authenticator app"),
    wrong=gettext_lazy("This code is incorrect. Wait for the next code in your app and enter that one."),
    too_young=gettext_lazy(
        "We can’t accept a code from your authenticator app here, because the app was "
        "set up with or after these changes."
    ),
    offered=_offered,
)
