"""A code from a mail without links, typed at the portal's own address.

It opens what its link would have opened. A code has 80 bits, so nobody guesses one; tries are bounded all the
same. One that does not exist, one that is too old and one of somebody else's have one answer.
"""

from accounts.sessions import known_browsers
from audit import context
from audit.recording import record
from common import ratelimit
from common.errors import Throttled
from common.network import networks_of
from common.ratelimit import Bound
from notifications import linkless


def open_code(*, code: str, browser: str = "") -> str | None:
    """The path of the page that this code opens, or None.

    ``browser`` is the fingerprint of the browser's cookie.

    Raises:
        Throttled: too many tries in this browser or from this network.
    """
    _spend(browser)
    opened = linkless.open_code(code)
    if opened is None:
        return None
    record("mail_code.entered", account=opened.account, case=opened.case, details={"message": opened.message})
    return opened.path


def _spend(browser: str) -> None:
    """In a browser that somebody has used for some days, tries count for it alone: strangers who have used up
    those of her network do not keep her from what her mail asks her to do.
    """
    if known_browsers.is_familiar_to_somebody(browser):
        bounds = [Bound("mail_code_browser", browser, limit=20, seconds=600)]
    else:
        networks = networks_of(context.current().origin.address)
        bounds = [Bound("mail_code_network", one, limit=30, seconds=3600, shared=True) for one in networks]
    try:
        ratelimit.spend_each(*bounds)
    except Throttled as refusal:
        if refusal.is_first:
            record("mail_code.refused", outcome="denied", details={"reason": "too_many_tries"})
        raise
