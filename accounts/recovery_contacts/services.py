"""Recovery contacts: the owner names them, they accept by a link, and either ends it again.

A contact learns nothing of the account but its owner's name. A new one counts only some days after they
accepted, so that its owner has heard of it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications
from accounts.freezes import services as freezes
from accounts.limits import CONTACT_COUNTS_AFTER, MAILS_AN_HOUR, MAX_CONTACTS
from accounts.models import Identifier, RecoveryContact, User
from accounts.record_change import AskedBy, Waiting, change_now_or_later, record_change
from accounts.recovery_contacts import selectors
from accounts.recovery_contacts.labels import ADDED, REMOVED
from accounts.states import ContactState
from audit.recording import record
from common import clock, codes, ratelimit
from common.email_addresses import normal, tidy
from common.errors import Denied, Stale
from common.ratelimit import Bound
from common.text import mask_name
from notifications.recipients import Recipient


@transaction.atomic
def add(*, user: User, name: str, address: str, note: str, session: UUID) -> Waiting | None:
    """Name somebody and invite them. They count once they have accepted, and some days later.

    Raises:
        Denied: a freeze lasts, there are five already, or it is one's own address.
        Throttled: too many invitations.
    """
    value = normal(address)
    user = User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    _check_can_add(user, value)
    ratelimit.spend("contacts_added", str(user.pk), limit=10, seconds=86400)
    return change_now_or_later(
        user=user,
        change_type=ADDED,
        data={"name": name, "address": value, "typed": tidy(address), "note": note},
        apply=apply_add,
        shown=mask_name(name),
        session=session,
    )


def _check_can_add(user: User, value: str) -> None:
    present = RecoveryContact.objects.filter(user=user, removed_at=None)
    if present.count() >= MAX_CONTACTS:
        raise Denied(
            _("You can have up to %(count)d recovery contacts. Remove one first.") % {"count": MAX_CONTACTS}
        )
    if present.filter(value=value).exists():
        raise Denied(_("This person is already one of your recovery contacts."))
    if Identifier.objects.filter(user=user, value=value, rejected=False).exists():
        raise Denied(_("This is your own address. Choose someone else whom you trust."))


def apply_add(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    """The change itself, inside the caller's transaction, which holds the person's row.

    Raises:
        Denied: meanwhile there are five, or they were named already.
    """
    _check_can_add(user, data["address"])
    token = codes.token()
    contact = RecoveryContact.objects.create(
        user=user,
        name=data["name"],
        value=data["address"],
        typed=data["typed"],
        note=data["note"],
        digest=codes.fingerprint(token),
        session=asked.session,
    )
    masked = mask_name(contact.name)
    record_change(
        user=user,
        change_type=ADDED,
        details={"contact_masked": masked},
        shown=masked,
        asked=asked,
        contact_in=contact,
    )
    _invite(contact, token)


def _recipient(contact: RecoveryContact) -> Recipient:
    """In the owner's language: of the contact's own nothing is known."""
    return owner_notifications.recipient(contact.user, contact.value)


def _invite(contact: RecoveryContact, token: str) -> None:
    """However many accounts name them, a stranger's mailbox is not flooded; and nobody is told so."""
    bound = Bound("contact_mails", codes.fingerprint(contact.value), MAILS_AN_HOUR, seconds=3600)
    if ratelimit.is_over(bound):
        return
    mails.contact_invited(
        _recipient(contact),
        name=contact.name,
        owner=selectors.owner_name(contact.user),
        link=links.absolute("accounts:contact_link", token),
    )


@transaction.atomic
def invite_again(*, user: User, contact_id: int) -> None:
    """A new link, in place of the one that was lost or has expired.

    Raises:
        Stale: they have answered, or are none any more.
        Denied: a freeze lasts.
        Throttled: too many invitations.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    ratelimit.spend("contacts_invited", str(user.pk), limit=10, seconds=86400)
    token, now = codes.token(), clock.now()
    waiting = RecoveryContact.objects.filter(
        pk=contact_id, user=user, removed_at=None, state=ContactState.INVITED
    )
    if not waiting.update(digest=codes.fingerprint(token), invited_at=now):
        raise Stale(_("This person has already answered."))
    record("contact.invited_again", account=user.pk)
    _invite(RecoveryContact.objects.select_related("user").get(pk=contact_id), token)


@transaction.atomic
def remove(*, user: User, contact_id: int, session: UUID) -> Waiting | None:
    """
    Raises:
        Denied: a freeze lasts.
        Stale: they are none any more.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    contact = _present(user, contact_id)
    return change_now_or_later(
        user=user,
        change_type=REMOVED,
        data={"contact": contact.pk},
        apply=apply_remove,
        shown=mask_name(contact.name),
        session=session,
    )


def _present(user: User, contact_id: int) -> RecoveryContact:
    rows = RecoveryContact.objects.select_related("user").filter(user=user, removed_at=None)
    contact = rows.filter(pk=contact_id).first()
    if contact is None:
        raise Stale(_("This recovery contact has already been removed."))
    return contact


def apply_remove(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    """The change itself, inside the caller's transaction, which holds the person's row.

    Raises:
        Stale: they are none any more.
    """
    contact = _present(user, data["contact"])
    contact.removed_at = clock.now()
    contact.save(update_fields=["removed_at"])
    if contact.state in (ContactState.INVITED, ContactState.ACCEPTED):
        mails.contact_removed(_recipient(contact), owner=selectors.owner_name(user))
    masked = mask_name(contact.name)
    record_change(
        user=user,
        change_type=REMOVED,
        details={"contact_masked": masked},
        shown=masked,
        asked=asked,
        contact_out=contact,
    )


@transaction.atomic
def answer(*, token: str, to: mails.ContactAnswer) -> None:
    """By the link of the invitation: accept, decline, or, later, resign. The owner hears of it.

    Raises:
        Stale: the link is of nobody (any more), the invitation has expired, or this was answered already.
    """
    found = selectors.invitation(token)
    if found is None or found.expired:
        raise Stale(_("This link no longer works. Ask the person who named you to send a new one."))
    contact = RecoveryContact.objects.select_for_update(of=("self",)).select_related("user").get(pk=found.id)
    if contact.removed_at is not None:
        raise Stale(_("You’re no longer a recovery contact of this person."))
    now = clock.now()
    moment = {"accepted_at": now} if to == "accepted" else {"ended_at": now}
    RecoveryContact.objects.move(contact, ContactState(to), **moment)
    record(f"contact.{to}", account=contact.user_id, details={"contact_masked": mask_name(contact.name)})
    owner_notifications.notify_of_contact(
        contact.user,
        name=contact.name,
        what=to,
        counts_from=now + CONTACT_COUNTS_AFTER if to == "accepted" else None,
    )
