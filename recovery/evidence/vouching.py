"""A recovery contact answers: they vouch, they don't, or they report a fraud.

The link is good once, for one case, in the hands of the agent who asked. It may have been forwarded: so it
vouches in no browser of the caller, of the account or of our own people, nor where those are signed in.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import accounts.selectors
import audit.recording
from accounts.recovery_contacts.selectors import owner_name
from audit import context
from common import clock, codes
from common.errors import Denied, Stale
from recovery import insiders, letters, lifecycle
from recovery.evidence import services
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.states import CaseState, EvidenceState
from recovery.takeover import selectors as takeover_selectors


@dataclass(frozen=True)
class Asking:
    """What the page of a contact's link shows: the owner's name, and until when they can answer."""

    owner: str
    until: datetime


def asking(token: str) -> Asking | None:
    """None where the link was used, is too old, or the case has gone on without it."""
    evidence = _evidence(token)
    if evidence is None or not _is_open(evidence) or evidence.case.account is None:
        return None
    return Asking(owner_name(evidence.case.account), evidence.expires_at)


def _evidence(token: str) -> Evidence | None:
    rows = Evidence.objects.select_related("case", "case__account", "case__callback")
    return rows.filter(
        method=Method.CONTACT, state=EvidenceState.ASKED, digest=codes.fingerprint(token)
    ).first()


def _is_open(evidence: Evidence) -> bool:
    case = evidence.case
    in_hand = case.state == CaseState.WORKING and case.agent_id == evidence.agent_id
    return in_hand and evidence.expires_at > clock.now()


def vouch(*, token: str) -> None:
    """*I have spoken with them, and it is them.*

    Raises:
        Stale: the link was used, is too old, or the case has gone on without it.
        Denied: this contact isn't accepted any more, or this is not a browser of theirs.
    """
    with transaction.atomic():
        evidence = _locked(token)
        _check_browser(evidence.case)
        if evidence.target not in [one.id for one in takeover_selectors.offerable(evidence.case).contacts]:
            raise Denied(_("You’re no longer accepted as a recovery contact, so you can’t vouch now."))
        assert evidence.target is not None, "a contact is asked by their id"
        nearby = bool(set(insiders.origin()) & set(evidence.case.callback.came_from))
        Evidence.objects.filter(pk=evidence.pk).update(nearby=nearby)
        services.pass_(evidence, evidence.target, clock.now())


def decline(*, token: str, fraud: bool = False) -> None:
    """*I don't vouch*, or *this is a fraud*: the agent sees it, and of a fraud the owner hears too.

    Raises:
        Stale: the link was used, is too old, or the case has gone on without it.
    """
    with transaction.atomic():
        evidence = _locked(token)
        Evidence.objects.move(evidence, EvidenceState.DECLINED, digest="")
        services.record(evidence, "evidence.declined", {"fraud": fraud}, outcome="failed")
        if fraud:
            _mark(evidence.case)


def _mark(case: Case) -> None:
    """From now on two people must agree; what was approved before was approved without knowing this."""
    Case.objects.filter(pk=case.pk, fraud_reported_at=None).update(fraud_reported_at=clock.now())
    lifecycle.withdraw_approval(case)
    audit.recording.record("case.fraud_reported", account=case.account_id, case=case.pk)
    letters.tell_fraud_reported(case)


def _locked(token: str) -> Evidence:
    """The question of this link, still open, behind the case's place in line."""
    found = _evidence(token)
    if found is None:
        raise _over()
    lifecycle.lock_callback(found.case_id)
    evidence = _evidence(token)
    if evidence is None or not _is_open(evidence):
        raise _over()
    return evidence


def _over() -> Stale:
    return Stale(_("This link no longer works. Nothing more is needed from you."))


def _check_browser(case: Case) -> None:
    browser, here = context.current().device, set(insiders.origin())
    staff = accounts.selectors.people_known_in([browser], insiders.PERMISSION) if browser else {}
    desks = accounts.selectors.networks_of_people(insiders.PERMISSION)
    callers = bool(browser) and browser == case.callback.browser
    owners = case.account_id is not None and accounts.selectors.is_browser_of(case.account_id, browser)
    if staff or callers or owners or any(not here.isdisjoint(network) for network in desks.values()):
        audit.recording.record_refusal("evidence.vouch_refused", account=case.account_id, case=case.pk)
        raise Denied(
            _(
                "This can’t be done from this browser or network. Open the link on your own device, "
                "at home or elsewhere."
            )
        )
