"""Telling the owner: which addresses hear of a change, and which of them get a link."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

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
    told = []
    for address, link in _with_links(change):
        mail = mails.credential_changed(
            recipient(change.user, address.value),
            what=detail.name,
            at=change.at,
            place=change.country,
            browser=change.browser,
            detail_masked=detail_masked,
            not_me_link=link,
        )
        told += [mail] if link else []
    return told


def notify_of_waiting_change(change: CredentialChange, detail_masked: str) -> list[int]:
    """As :func:`notify_of_change`, of a change that has not taken effect yet."""
    assert change.waits_until is not None
    told = []
    for address, link in _with_links(change):
        mail = mails.change_waiting(
            recipient(change.user, address.value),
            what=change.kind,
            at=change.at,
            until=change.waits_until,
            place=change.country,
            browser=change.browser,
            detail_masked=detail_masked,
            not_me_link=link,
        )
        told += [mail] if link else []
    return told


def notify_of_cancelled_change(change: CredentialChange) -> None:
    for address in addresses_of_last_days(change.user_id):
        mails.change_cancelled(
            recipient(change.user, address.value),
            what=change.kind,
            at=clock.now(),
            help_link=links.absolute("help"),
        )


def _with_links(change: CredentialChange) -> list[tuple[BoundAddress, str | None]]:
    doubt = doubt_about(change.user_id, claim=Claim(disowned=frozenset({change.pk})))
    can_object = {address.id for address in owners(change.user_id, doubt)}
    link = links.not_me(change.pk)
    return [
        (address, link if address.id in can_object else None)
        for address in addresses_of_last_days(change.user_id)
    ]


def notify_of_asked_address(user: User, *, pending: int, new_masked: str, at: datetime) -> None:
    """Somebody asks for a new address: whoever reads an address of the owner's can stop it by a link."""
    origin = context.current().origin
    can_object = {address.id for address in owners(user.pk, doubt_about(user.pk))}
    for address in addresses_of_last_days(user.pk):
        mails.email_change_asked(
            recipient(user, address.value),
            new_masked=new_masked,
            at=at,
            place=origin.country,
            browser=origin.browser,
            link=links.stop_email(pending) if address.id in can_object else None,
        )


def notify_of_sign_in(user: User, *, session: UUID, at: datetime) -> None:
    """A sign-in from a new browser or country: those that are the owner's get the link to disown it."""
    origin = context.current().origin
    for address, link in _links_of_session(user, session):
        mails.new_sign_in(
            recipient(user, address), at=at, place=origin.country, browser=origin.browser, not_me_link=link
        )


def notify_of_wrong_code(user: User, *, session: UUID | None, at: datetime, signed_in: bool) -> None:
    """The right password with a wrong second factor, or a wrong one of who is in already."""
    origin = context.current().origin
    for address, link in _links_of_session(user, session):
        mails.failed_verification(
            recipient(user, address),
            at=at,
            place=origin.country,
            browser=origin.browser,
            signed_in=signed_in,
            not_me_link=link,
        )


def _links_of_session(user: User, session: UUID | None) -> list[tuple[str, str | None]]:
    """Every address of the last 30 days, with the *This was not me* link of the session or without."""
    link = links.not_me_session(session) if session else None
    ours = {address.id for address in owners(user.pk, doubt_about(user.pk))}
    return [
        (address.value, link if address.id in ours else None) for address in addresses_of_last_days(user.pk)
    ]


def notify_of_asked_password(user: User, *, at: datetime, place: str, browser: str) -> None:
    """Somebody has asked for a link to choose a password: the address to sign in with gets that, the others
    this.
    """
    for address in addresses_of_last_days(user.pk):
        if address.value != user.email:
            mails.password_link_asked(recipient(user, address.value), at=at, place=place, browser=browser)


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
