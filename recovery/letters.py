"""What is written to the owner after a case. Only to addresses that count as theirs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

import accounts.selectors
from accounts import change_types, owner_notifications
from accounts.doubt.selectors import doubt_about
from accounts.links import absolute
from accounts.rollback.plans import Plan
from accounts.selectors import BoundAddress
from common import clock
from notifications.recipients import Recipient
from recovery import links, mails
from recovery.models import Case, Dispute
from recovery.models.case import RefusalReason
from recovery.takeover import selectors as takeover_selectors
from recovery.takeover.findings import Change, Findings, Visit

MAX_SIGN_INS = 5
CHECK_IN_HOUR = 10
"""Of the owner's next day: nobody is asked at midnight whether all is well."""


def owners(case: Case) -> list[Recipient]:
    """Every address that counts as the owner's, to be written to in the account's language."""
    if case.account_id is None or case.account is None:
        return []
    return [_recipient(case, one) for one in takeover_selectors.offerable(case).addresses]


def _present_owners(case: Case) -> list[Recipient]:
    """Also who has the account now, where nothing but the caller's word speaks against them."""
    if case.account_id is None:
        return []
    ones = owner_notifications.owners(case.account_id, doubt_about(case.account_id))
    present = [_recipient(case, one) for one in ones]
    return list({one.address: one for one in [*owners(case), *present]}.values())


def tell_contact_asked(case: Case) -> None:
    """One of the recovery contacts is asked to vouch for who is on the phone. Whom, no mail says."""
    for owner in _present_owners(case):
        mails.contact_was_asked(owner, at=clock.now(), help_link=absolute("help"))


def tell_fraud_reported(case: Case) -> None:
    for owner in _present_owners(case):
        mails.fraud_reported(owner, at=clock.now(), help_link=absolute("help"))


def _recipient(case: Case, address: BoundAddress) -> Recipient:
    """In the account's language."""
    assert case.account is not None
    return Recipient(
        address=address.value,
        language=case.account.language,
        zone=case.account.zone,
        account=case.account.pk,
        case=case.pk,
    )


def tell_unreachable(case: Case, tries: int) -> None:
    """We rang and nobody answered."""
    for owner in owners(case):
        mails.unreachable(owner, tries=tries, link="/help/")


def tell_refused(case: Case, reason: RefusalReason | str) -> None:
    """The account was left as it is. Staff are told by their administrators."""
    if reason == RefusalReason.STAFF:
        return
    for owner in owners(case):
        with translation.override(owner.language):
            words = _refusal_words(RefusalReason(reason))
        mails.case_refused(owner, reason_words=words, link="/help/")


def announce_dispute(dispute: Dispute) -> None:
    """To every address of the last 30 days, the present one included: each gets a link of its own."""
    for one in accounts.selectors.addresses_of_last_days(dispute.account_id):
        mails.dispute_announced(
            _recipient(dispute.case, one),
            until=dispute.due_at,
            link=links.dispute(dispute.pk, one.id),
            help_link=absolute("help"),
        )


def tell_of_dispute(case: Case, what: mails.DisputeNews) -> None:
    """How a dispute went on, in the same words to both sides."""
    if case.account_id is None:
        return
    lately = accounts.selectors.addresses_of_last_days(case.account_id)
    present = [_recipient(case, one) for one in lately if one.removed_at is None]
    sides = {one.address: one for one in [*owners(case), *present]}
    for side in sides.values():
        mails.dispute_news(side, what=what)


def _refusal_words(reason: RefusalReason) -> str:
    if reason == RefusalReason.NOT_NEEDED:
        return _("We found nothing that needed to be restored.")
    return _("The person on the phone couldn’t confirm that the account is theirs.")


def send_letter(case: Case, found: Findings, plan: Plan) -> None:
    """The findings, at once, and the question whether all is well, the next day."""
    if case.account_id is None or case.account is None:
        return
    if found.lost:
        _send_letter_of_loss(case, plan)
        return
    undone = [one for one in found.changes if one.chosen]
    changes = [mails.Change(at=one.at, what=one.kind, stopped=not one.in_force) for one in undone]
    changes += [mails.Change(at=one.at, what="sign_in") for one in found.sessions[:MAX_SIGN_INS]]
    doubted: list[Change | Visit] = [*(one for one in undone if one.strong), *undone, *found.sessions]
    strange = next(iter(doubted), None)
    touched = {change_types.by_kind(one.kind).detail.name for one in undone if one.in_force}
    details = [*(one.name for one in change_types.details()), "profile"]
    for owner in owners(case):
        mails.findings(
            owner,
            first_name=case.account.name_for(owner.language),
            window_from=found.begins or case.opened_at,
            window_to=found.ends or case.opened_at,
            place=strange.country if strange else "",
            browser=strange.browser if strange else "",
            changes=sorted(changes, key=lambda one: one.at),
            unchanged=[one for one in details if one not in touched],
            done=[step.kind for step in plan.steps],
            link="/account/",
        )
        mails.check_in(owner, link="/account/", due_at=next_day(clock.now(), owner.zone))


def _send_letter_of_loss(case: Case, plan: Plan) -> None:
    """Nobody got in, so that this letter and the question of the next day speak of no stranger."""
    done = [step.kind for step in plan.steps]
    for owner in owners(case):
        name = case.account.name_for(owner.language) if case.account else ""
        mails.factor_replaced(owner, first_name=name, done=done, link="/sign-in/")
        mails.check_in(owner, link="/account/", due_at=next_day(clock.now(), owner.zone), why="lost")


def tell_sessions_ended(case: Case, count: int) -> None:
    """During the call, sessions that the caller did not know were ended."""
    for owner in owners(case):
        mails.sessions_ended(owner, at=clock.now(), count=count, link="/account/")


def next_day(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone)) + timedelta(days=1)
    return local.replace(hour=CHECK_IN_HOUR, minute=0, second=0, microsecond=0)
