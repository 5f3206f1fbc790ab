"""Asking for a call: bounded for whoever floods the desk, and never refused to anybody.

No counter says no. The first requests of a network in an hour are taken in at once. When a network asks for
more than a household does, its requests are called after those of networks that did not, and further ones
are taken in after a short wait on a page, which costs a person seconds and a program its pace, or by a link
that is mailed to the address that was typed. A browser in which the owner signed in some days ago is spared
all of that: what a neighbour does is nothing to her at home.

Nothing that a stranger gets to see depends on the e-mail or the number that was typed: from no answer can
they tell whether somebody else has asked about the same account.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links
from accounts.sessions import known_browsers
from common import clock, codes, encryption, network, ratelimit
from common.errors import Stale
from common.ratelimit import Bound
from notifications.recipients import Recipient
from recovery import mails
from recovery.models import Callback
from recovery.models.case import Since
from recovery.states import CallbackState
from telephony import numbers

HOUR = 3600
# Requests an hour before a network counts as crowded: an address, a /24; a /64, /56, /48.
LEVELS = {4: (3, 12), 6: (3, 6, 12)}
WAIT_SECONDS = 20
MAX_LANE = 9
LINKS_AN_HOUR = 5
LINK_LIFE = timedelta(hours=1)
_signer = signing.Signer(salt="recovery.intake")


@dataclass(frozen=True)
class Place:
    """Where a new request stands. ``lane``: 0 is called first. ``networks``: what it is moved back with."""

    lane: int
    networks: tuple[str, ...]


CALM = Place(0, ())


@dataclass(frozen=True)
class Crowded:
    """The network asks for more than a household does: first a wait. ``ticket`` says since when it lasts."""

    ticket: str
    seconds: int


def admit(*, email: str, number: str, address: str | None, browser: str, ticket: str = "") -> Place | Crowded:
    """Count this request and say where it stands, or that its sender has to wait on the page first.

    A ticket is good for this e-mail and number and nothing else. ``browser`` is the fingerprint of the
    browser's cookie.
    """
    networks, request = network.networks_of(address), f"{email} {number}"
    if _asks_at_home(browser, email):
        return CALM
    crowded = [count for count in ratelimit.count(*_bounds(networks)) if count.is_over]
    for count in crowded:
        if count.is_first_over:
            _move_back(count.bound.key)
    if not crowded:
        return Place(0, networks)
    begun = _begun(ticket, request)
    if begun is None:
        return Crowded(_ticket(request), WAIT_SECONDS)
    left = begun + WAIT_SECONDS - int(clock.now().timestamp())
    narrowest = networks[0]
    if left <= 0 and ratelimit.is_over(Bound("call-pace", narrowest, limit=30, seconds=60)):
        left = 2
    if left > 0:
        return Crowded(ticket, left)
    if ratelimit.is_over(Bound("call-ticket", codes.fingerprint(ticket), limit=1, seconds=2 * HOUR)):
        return Crowded(_ticket(request), WAIT_SECONDS)
    (waited,) = ratelimit.count(Bound("call-waited", narrowest, limit=0, seconds=HOUR))
    # Whoever has waited twice already lets those go first who have not.
    return Place(min(1 + waited.used // 3, MAX_LANE), networks)


@dataclass(frozen=True)
class Asked:
    """What somebody asks for, with the address in its normal form; a mailed link carries it.

    ``noticed``, ``since`` and ``said`` are what they say happened, as in :class:`recovery.models.Case`.
    """

    email: str
    number: str
    category: str
    language: str
    zone: str
    due_at: datetime | None
    noticed: tuple[str, ...] = ()
    since: str = Since.UNKNOWN.value
    said: str = ""


@transaction.atomic
def mail_link(asked: Asked, *, language: str) -> None:
    """Instead of the wait: a link to the address that was typed, whoever's it is.

    A mailbox gets a few of them an hour. More are not sent, and the answer is the same.
    """
    bound = Bound("call-mails", codes.fingerprint(asked.email), limit=LINKS_AN_HOUR, seconds=HOUR)
    if ratelimit.is_over(bound):
        return
    mails.call_confirm(
        Recipient(asked.email, language, asked.zone),
        link=links.absolute("help_link", make_token(asked)),
        until=clock.now() + LINK_LIFE,
        number_masked=numbers.mask(asked.number),
    )


def make_token(asked: Asked) -> str:
    """What is asked for, sealed: a log that keeps the link's path keeps neither address nor number."""
    due_at = asked.due_at.isoformat() if asked.due_at else ""
    until = clock.now() + LINK_LIFE
    return encryption.seal({"call": {**vars(asked), "due_at": due_at}, "until": until.isoformat()}).decode()


def asked_by(token: str) -> Asked | None:
    """What the link asks for, while it is good."""
    try:
        held = encryption.unseal(token.encode())
        asked, until = held["call"], datetime.fromisoformat(held["until"])
    except (encryption.Unreadable, KeyError, ValueError):
        return None
    if until <= clock.now():
        return None
    due_at = datetime.fromisoformat(asked["due_at"]) if asked["due_at"] else None
    return Asked(**{**asked, "due_at": due_at, "noticed": tuple(asked.get("noticed", ()))})


def admit_by_link(token: str, *, address: str | None) -> Place:
    """The mailbox was proved: no wait, and before those of the network who have waited often.

    Raises:
        Stale: the link was used.
    """
    if ratelimit.is_over(Bound("call-link", codes.fingerprint(token), limit=1, seconds=24 * HOUR)):
        raise Stale(_("This link has already been used."))
    return Place(1, network.networks_of(address))


def _bounds(networks: tuple[str, ...]) -> list[Bound]:
    levels = LEVELS[6 if len(networks) == len(LEVELS[6]) else 4]
    return [
        Bound("call-network", one, limit=level, seconds=HOUR, shared=True)
        for one, level in zip(networks, levels, strict=False)
    ]


def _asks_at_home(browser: str, email: str) -> bool:
    """Has the account that is named been known in this browser for some days?"""
    if not known_browsers.is_familiar(browser, email):
        return False
    return not ratelimit.is_over(Bound("call-browser", browser, limit=6, seconds=HOUR))


@transaction.atomic
def _move_back(crowded: str) -> None:
    """What this network has asked for in the last hour is called after the requests of calmer ones."""
    Callback.objects.filter(state=CallbackState.WAITING, lane=0, networks__contains=[crowded]).update(lane=1)


def _ticket(request: str) -> str:
    return _signer.sign_object(
        {"at": int(clock.now().timestamp()), "for": _digest(request), "id": codes.letters(16)}
    )


def _begun(ticket: str, request: str) -> int | None:
    """Since when the sender of ``request`` waits, if this is a ticket of theirs from the last hour."""
    if not ticket:
        return None
    try:
        held = _signer.unsign_object(ticket)
    except (signing.BadSignature, ValueError):
        return None
    at, now = int(held["at"]), int(clock.now().timestamp())
    return at if held["for"] == _digest(request) and at <= now <= at + HOUR else None


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()[:32]
