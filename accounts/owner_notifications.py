"""Telling the owner: which addresses hear of a change, and which of them get a link."""

from collections.abc import Iterable
from datetime import datetime

import notifications.delivery.selectors
from accounts import links, mails
from accounts.doubt.judgement import Claim, Doubt
from accounts.doubt.selectors import address_key, doubt_about
from accounts.models import CredentialChange, User
from accounts.selectors import BoundAddress, addresses_of_last_days
from accounts.words import SignInDetail
from audit import context
from common import clock
from notifications.recipients import Recipient


def recipient(user: User, address: str, case: int | None = None) -> Recipient:
    return Recipient(address, user.language, user.zone, user.pk, case)


def owners(user_id: int, doubt: Doubt) -> list[BoundAddress]:
    """Every address of the last 30 days that no doubtful change has bound: those that are told of a doubt."""
    return [
        address
        for address in addresses_of_last_days(user_id)
        if not doubt.is_doubtful(address_key(address.id))
    ]


def notify_of_change(change: CredentialChange, detail: SignInDetail, detail_masked: str) -> list[int]:
    """Tell every address of the last 30 days. Those that were the owner's, if this is a stranger's change,
    get the link to object; returns the mails to these.
    """
    doubt = doubt_about(change.user_id, claim=Claim(disowned=frozenset({change.pk})))
    can_object = {address.id for address in owners(change.user_id, doubt)}
    told = []
    for address in addresses_of_last_days(change.user_id):
        mail = mails.credential_changed(
            recipient(change.user, address.value),
            what=detail.name,
            at=change.at,
            place=change.country,
            browser=change.browser,
            detail_masked=detail_masked,
            not_me_link=links.not_me(change.pk) if address.id in can_object else None,
        )
        told += [mail] if address.id in can_object else []
    return told


def notify_of_asked_address(user: User, *, pending: int, new_masked: str, at: datetime) -> None:
    """Somebody asks for a new address: whoever has one of the last 30 days can stop it by a link."""
    origin = context.current().origin
    for address in addresses_of_last_days(user.pk):
        mails.email_change_asked(
            recipient(user, address.value),
            new_masked=new_masked,
            at=at,
            place=origin.country,
            browser=origin.browser,
            link=links.stop_email(pending),
        )


def notify_of_freeze(
    user: User, doubt: Doubt, *, until: datetime, why: mails.FreezeReason, link: str
) -> None:
    for address in owners(user.pk, doubt):
        mails.account_frozen(
            recipient(user, address.value), until=until, why=why, link=link, help_link=links.absolute("help")
        )


def notify_of_lifting(user: User, *, at: datetime) -> None:
    for address in owners(user.pk, doubt_about(user.pk)):
        mails.freeze_lifted(recipient(user, address.value), at=at)


def notify_of_failed_evidence(user: User, *, at: datetime) -> None:
    for address in owners(user.pk, doubt_about(user.pk)):
        mails.evidence_failed(recipient(user, address.value), at=at)


def notify_of_used_code(user: User, *, at: datetime, place: str, browser: str) -> None:
    for address in owners(user.pk, doubt_about(user.pk)):
        mails.spare_code_used(
            recipient(user, address.value),
            at=at,
            place=place,
            browser=browser,
            help_link=links.absolute("help"),
        )


def notify_of_contact(
    user: User, *, name: str, what: mails.ContactAnswer, counts_from: datetime | None
) -> None:
    """A recovery contact has answered, or has resigned."""
    for address in owners(user.pk, doubt_about(user.pk)):
        mails.contact_answered(recipient(user, address.value), name=name, what=what, counts_from=counts_from)


def notify_of_restore(user: User, *, at: datetime, told: Iterable[BoundAddress], case: int | None) -> None:
    origin = context.current().origin
    for address in told:
        mails.credential_changed(
            recipient(user, address.value, case),
            what="restored",
            at=at,
            place=origin.country,
            browser=origin.browser,
        )


def was_handed_over(delivery_id: int) -> None:
    """Write down when the owner was told of a change: once the mail server has taken all its notices."""
    for change in CredentialChange.objects.filter(notices__contains=[delivery_id], told_at=None):
        if notifications.delivery.selectors.all_sent(change.notices):
            CredentialChange.objects.filter(pk=change.pk).update(told_at=clock.now())
