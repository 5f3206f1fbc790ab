"""A claimant asks for a call."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import audit.recording
from common import clock, codes
from common.email_addresses import normal
from common.errors import Stale
from common.jobs import enqueue_once_on_commit
from recovery import insiders, lifecycle, passphrases, states
from recovery.cases import policies
from recovery.cases.admission import CALM, Place
from recovery.models import Callback, Case
from recovery.models.case import Category, Noticed, Since
from recovery.states import (
    CallbackState,
    CaseState,
)
from telephony import numbers


@transaction.atomic
def open_case(
    *,
    email: str,
    number: str,
    category: Category | str,
    language: str,
    zone: str,
    due_at: datetime | None = None,
    noticed: Collection[str] = (),
    since: str = Since.UNKNOWN,
    said: str = "",
    instead_of: Case | None = None,
    place: Place = CALM,
    browser: str = "",
) -> tuple[Case, str]:
    """A claimant asks for a call, now or at ``due_at``. Returns the case and the capability to follow it.

    ``instead_of`` is the request that this browser corrects: it ends, and the new one takes its place in
    line. A request from another browser stands beside it, though it may name the same e-mail and number:
    whose page is the owner's, nobody knows before the call. ``noticed``, ``since`` and ``said`` are what the
    claimant says; the trail keeps the first two, never the free text. ``browser`` is the fingerprint of the
    browser's cookie, ``place`` where the request stands (:func:`recovery.cases.admission.admit`).

    Raises:
        Stale: ``instead_of`` is no longer in line: an agent has it, or it has ended.
    """
    now = clock.now()
    before = _supersede(instead_of) if instead_of else None
    noticed = sorted(set(noticed))
    capability = codes.token()
    case = Case.objects.create(
        category=category,
        capability=codes.fingerprint(capability),
        email=normal(email),
        language=language,
        zone=zone,
        opened_at=now,
        noticed=noticed,
        since=since,
        said=said,
        **_what_they_have(category, noticed),
    )
    due = due_at or now
    callback = Callback(case=case, number=number, browser=browser, due_at=due, chosen_at=due)
    _into_line(callback, place, before, says_now=due_at is None)
    claim = {"category": str(category), "noticed": noticed, "began": str(since)}
    audit.recording.record("case.opened", case=case.pk, details=claim)
    enqueue_once_on_commit("recovery.tasks.dispatch")
    return case, capability


def _what_they_have(category: Category | str, noticed: Collection[str]) -> dict[str, bool]:
    """Of the two factors, by the claimant's own words."""
    has_lost = category == Category.LOST_FACTOR or Noticed.LOST_FACTOR in noticed
    cant_sign_in = category == Category.CANT_SIGN_IN or Noticed.CANT_SIGN_IN in noticed
    return {"has_lost": has_lost, "knows_password": has_lost and not cant_sign_in}


def _into_line(callback: Callback, place: Place, before: Callback | None, *, says_now: bool) -> None:
    """Write the place in line: a new one, or that of the request which this one replaces."""
    case = callback.case
    callback.region = numbers.region(callback.number)
    callback.language = case.language
    callback.priority = policies.priority_of(case.category)
    callback.words, callback.read_out = passphrases.pair(case.language), codes.digits(6)
    callback.lane, callback.networks, callback.asked_at = place.lane, list(place.networks), case.opened_at
    callback.came_from = sorted({*(before.came_from if before else ()), *insiders.origin()})
    if before:
        callback.lane, callback.networks, callback.asked_at = before.lane, before.networks, before.asked_at
        # Who could not take the request that this one replaces cannot take this one.
        callback.from_staff, callback.tries = before.from_staff, before.tries
        if says_now:
            # Who asked for later, or was to be tried again later, and now says *now*, means now.
            callback.due_at = min(before.due_at, callback.due_at)
    callback.save(force_insert=True)


def _supersede(older: Case) -> Callback:
    """End the request that this one replaces. Returns the place in line that it takes over."""
    callback = lifecycle.lock_callback(older.pk)
    if callback.state not in states.IN_LINE:
        raise Stale(_("An agent is already working on your request, or it has been closed."))
    lifecycle.close_case(older, CaseState.SUPERSEDED, CallbackState.CANCELLED)
    audit.recording.record("case.superseded", case=older.pk)
    return callback
