"""Is it us? What the portal tells anybody who asks about a mail they got or a call that they are in.

Whatever is asked costs the same statements, and what does not exist has one answer. No account is looked
up: a mail is known by a reference that nobody guesses, together with the address that it went to; a call by
the number that rang, together with a name that whoever rang there has said.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.sessions import known_browsers
from audit import context
from audit.recording import record
from common import clock, codes, network, ratelimit
from common.email_addresses import normal
from common.errors import Throttled
from common.ratelimit import Bound
from common.spoken_names import is_name_of
from notifications.delivery import selectors as deliveries
from notifications.delivery.selectors import Mailed
from recovery.calls import selectors as call_selectors

HOUR = 3600
LATELY = timedelta(hours=1)
"""So long after its end a call is still told of, to say that it is over."""


@dataclass(frozen=True)
class Called:
    """A call of ours to a number. While ``ended_at`` is None it rings there or somebody talks."""

    began_at: datetime
    ended_at: datetime | None


def check_mail(*, reference: str, address: str, browser: str = "") -> Mailed | None:
    """The mail with this reference that we sent to this address.

    Raises:
        Throttled: too many checks in this browser or from this network.
    """
    _spend(browser)
    return deliveries.mailed(reference=reference, address=normal(address))


def check_call(*, number: str, name: str, browser: str = "") -> Called | None:
    """Whether somebody of that name at the desk is calling this number now, or has just talked there.

    Raises:
        Throttled: too many checks in this browser, from this network or about this number.
    """
    about_number = Bound("authenticity_number", codes.fingerprint(number), 20, seconds=HOUR, shared=True)
    _spend(browser, about_number)
    attempts = call_selectors.calls_to_number(number, since=clock.now() - LATELY)
    named = [
        attempt
        for attempt in attempts
        if any(is_name_of(name, one) for one in (attempt.agent.name, attempt.agent.name_latin))
    ]
    attempt = min(named, key=lambda one: one.ended_at is not None, default=None)
    return Called(attempt.placed_at, attempt.ended_at) if attempt else None


def _spend(browser: str, *bounds: Bound) -> None:
    """In a browser that somebody has used for some days, checks count for it alone: strangers who have used
    up those of her network, or those about her number, do not keep her from asking at home.
    """
    if known_browsers.is_familiar_to_somebody(browser):
        spent = [Bound("authenticity_browser", browser, limit=10, seconds=600)]
    else:
        networks = network.networks_of(context.current().origin.address)
        spent = [
            *(Bound("authenticity_network", one, limit=30, seconds=HOUR, shared=True) for one in networks),
            *bounds,
        ]
    try:
        ratelimit.spend_each(*spent)
    except Throttled as refusal:
        if refusal.is_first:
            record("authenticity.refused", outcome="denied", details={"reason": "too_many_tries"})
        raise
