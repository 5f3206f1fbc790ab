"""The likely wait in words: coarse steps, for nobody can know it to the minute."""

from django.utils.translation import gettext as _

from recovery.queue.estimator import Wait
from recovery.queue.wait import Outlook


def expected(outlook: Outlook) -> str:
    """For somebody who has not asked yet; "" while nobody who speaks the language is on duty."""
    if not outlook.attended:
        return ""
    return in_words(outlook.wait) if outlook.wait else _("as soon as an agent is free")


def in_words(wait: Wait) -> str:
    """``under 1 minute``, ``about 2 to 5 minutes``, ``about an hour``, ``longer than an hour``."""
    if wait.high is None:
        return _("more than an hour")
    if wait.low == 0:
        return _("under 1 minute")
    if wait.high == 60:
        return _("about an hour")
    return _("about %(low)d to %(high)d minutes") % {"low": wait.low, "high": wait.high}
