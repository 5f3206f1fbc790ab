"""Reading recovery contacts: for their owner, for themselves, and whom the desk can ask."""

from dataclasses import dataclass
from datetime import datetime

from accounts.doubt.judgement import Doubt
from accounts.doubt.selectors import contact_key
from accounts.limits import CONTACT_COUNTS_AFTER, INVITATION
from accounts.models import RecoveryContact, User
from accounts.selectors import all_addresses, staff_addresses
from accounts.states import ContactState
from common import clock, codes
from common.email_addresses import normal_or_none
from common.text import mask_name


@dataclass(frozen=True)
class Contact:
    """A contact as their owner sees them. ``counts_from``: None until they have accepted."""

    id: int
    name: str
    address: str
    note: str
    state: ContactState
    added_at: datetime
    invited_until: datetime
    counts_from: datetime | None

    @property
    def is_open(self) -> bool:
        """Invited, and the invitation still holds."""
        return self.state == ContactState.INVITED and self.invited_until > clock.now()

    @property
    def counts(self) -> bool:
        return self.counts_from is not None and self.counts_from <= clock.now()


@dataclass(frozen=True)
class CountingContact:
    """Whom the desk can ask. ``name`` is masked; ``address`` is for the mail, and for no page."""

    id: int
    name: str
    address: str
    bound_at: datetime


@dataclass(frozen=True)
class Invitation:
    """What the page of a contact's link shows: the owner's name, and nothing else of the account."""

    id: int
    owner: str
    name: str
    state: ContactState
    expired: bool


def contacts_of(user_id: int) -> list[Contact]:
    """The contacts that the owner has now, the oldest first."""
    rows = RecoveryContact.objects.filter(user=user_id, removed_at=None).order_by("added_at", "pk")
    return [_seen(row) for row in rows]


def _seen(row: RecoveryContact) -> Contact:
    counts_from = row.accepted_at + CONTACT_COUNTS_AFTER if row.accepted_at else None
    return Contact(
        id=row.pk,
        name=row.name,
        address=row.typed or row.value,
        note=row.note,
        state=ContactState(row.state),
        added_at=row.added_at,
        invited_until=row.invited_at + INVITATION,
        counts_from=counts_from if row.state == ContactState.ACCEPTED else None,
    )


def contact_of(user_id: int, contact_id: int) -> Contact | None:
    return next((one for one in contacts_of(user_id) if one.id == contact_id), None)


def contacts_that_count(
    user_id: int, doubt: Doubt, *, asked_at: datetime, asked_by: str
) -> list[CountingContact]:
    """Who can vouch, removed since or not, for who asked at ``asked_at``; each accepted 7 days before.

    Nobody vouches for themselves: not the address that asks (``asked_by``), nor one that the account ever
    had. And nobody on the staff does, who might sit at the desk.
    """
    rows = RecoveryContact.objects.filter(
        user=user_id, state=ContactState.ACCEPTED, accepted_at__lte=asked_at - CONTACT_COUNTS_AFTER
    ).order_by("accepted_at", "pk")
    found = [row for row in rows if doubt.counts(contact_key(row.pk))]
    values = [row.value for row in found]
    refused = {normal_or_none(asked_by), *staff_addresses(values)} if found else set()
    refused |= {one.value for one in all_addresses(user_id)}
    return [
        CountingContact(row.pk, mask_name(row.name), row.value, row.bound_at)
        for row in found
        if row.value not in refused
    ]


def all_contacts(user_id: int) -> list[tuple[str, str, datetime, datetime | None]]:
    """Everybody who was ever named: key, masked name, since and until when. To explain what counts."""
    rows = RecoveryContact.objects.filter(user=user_id).order_by("added_at", "pk")
    return [(contact_key(row.pk), mask_name(row.name), row.bound_at, row.removed_at) for row in rows]


def invitation(token: str) -> Invitation | None:
    row = (
        RecoveryContact.objects.select_related("user")
        .filter(digest=codes.fingerprint(token), removed_at=None, rejected=False, user__is_active=True)
        .first()
    )
    if row is None:
        return None
    expired = row.state == ContactState.INVITED and row.invited_at + INVITATION <= clock.now()
    return Invitation(row.pk, owner_name(row.user), row.name, ContactState(row.state), expired)


def owner_name(user: User) -> str:
    """As a contact, who knows the owner, is told of them: the name, in the owner's own language."""
    return user.name_for(user.language)
