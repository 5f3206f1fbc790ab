"""Requests that come from where staff sit: whoever sits there never has them in hand.

Somebody of the desk could ask for a call about any account in a browser of their own, take it, and read the
code from their own page. So a request is compared with the browsers in which staff have signed in, and with
the networks from which they are signed in: when it is protected, and again whenever it is about to come into
somebody's hands, for people sign in later, too. Whole offices share an address; then others call.
"""

import ipaddress
from collections.abc import Collection, Iterable

from django.conf import settings
from django.utils.translation import gettext as _

import accounts.selectors
import audit.recording
from audit import context
from common import clock, live
from common.network import networks_of
from recovery.models import Callback, Duty
from recovery.models.duty import GONE_AFTER

PERMISSION = "desk.work"


def origin() -> list[str]:
    """The narrowest network that this request comes from: an address, or a /64.

    In the demo one person plays everybody on one machine; what comes from there says nothing.
    """
    address = context.current().origin.address
    if settings.DEMO and address and ipaddress.ip_address(address).is_loopback:
        return []
    return list(networks_of(address)[:1])


def sitting_there(callbacks: Iterable[Callback], among: Collection[int] | None = None) -> dict[int, set[int]]:
    """By request: who of the desk (or of ``among``) uses its browser or is signed in from its network."""
    watched = [one for one in callbacks if one.came_from or (one.browser and not settings.DEMO)]
    if not watched:
        return {}
    browsers = {one.browser for one in watched if one.browser}
    known = accounts.selectors.people_known_in(browsers, PERMISSION, among) if browsers else {}
    networks = accounts.selectors.networks_of_people(PERMISSION, among)
    # A laptop may have been carried elsewhere since its session began.
    pages = Duty.objects.filter(seen_at__gt=clock.now() - GONE_AFTER).exclude(seen_from="")
    if among is not None:
        pages = pages.filter(agent__in=among)
    for agent, network in pages.values_list("agent", "seen_from"):
        networks.setdefault(agent, set()).add(network)
    found = {
        one.pk: known.get(one.browser, set())
        | {person for person, here in networks.items() if not here.isdisjoint(one.came_from)}
        for one in watched
    }
    return {callback: people for callback, people in found.items() if people}


def refusal() -> str:
    return _(
        "This request comes from a browser or network where you’re signed in. Someone "
        "at a different location must take it."
    )


def is_insider(callback: Callback, person: int) -> bool:
    """May this member of staff have nothing to do with the request?"""
    return person in callback.from_staff or bool(sitting_there([callback], [person]))


def mark(callbacks: Collection[Callback], among: Collection[int] | None = None) -> None:
    """Write down who may not take these requests, which nobody has in hand, and tell those who lead."""
    found = sitting_there(callbacks, among)
    for callback in callbacks:
        new = found.get(callback.pk, set()) - set(callback.from_staff)
        if not new:
            continue
        people = sorted({*callback.from_staff, *new})
        if Callback.objects.filter(pk=callback.pk, agent=None, offered_to=None).update(from_staff=people):
            callback.from_staff = people
            audit.recording.record(
                "case.from_staff",
                case=callback.case_id,
                details={"people": sorted(new), "count": len(people)},
            )
            live.publish_on_commit("desk")
