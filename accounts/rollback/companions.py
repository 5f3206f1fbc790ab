"""What a restore moves beside the address and the authenticators: the notification address, the contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from accounts import mails, owner_notifications
from accounts.enums import IdentifierKind
from accounts.limits import MAX_CONTACTS
from accounts.models import CredentialChange, Identifier, RecoveryContact, User
from accounts.notice_address import labels as notice_address
from accounts.recovery_contacts import labels as recovery_contacts
from accounts.states import ContactState
from accounts.words import RestoreStep
from common.email_addresses import mask
from common.text import mask_name

Companion = Identifier | RecoveryContact


@dataclass(frozen=True)
class Companions:
    """``out``: what undone changes brought, also where it is gone again: it must never count as the owner's.
    ``back``: what they took away."""

    out: tuple[Companion, ...] = ()
    back: tuple[Companion, ...] = ()

    @property
    def move(self) -> bool:
        return bool(self.out or self.back)


def find(user: User, changes: Sequence[CredentialChange]) -> Companions:
    came = {row.identifier_in_id for row in changes}
    went = {row.identifier_out_id for row in changes} - came
    addresses = list(
        Identifier.objects.filter(user=user, kind=IdentifierKind.NOTICE, rejected=False).order_by("pk")
    )
    named = {row.contact_in_id for row in changes}
    lost = {row.contact_out_id for row in changes} - named
    contacts = list(RecoveryContact.objects.filter(user=user, rejected=False).order_by("pk"))
    return Companions(
        out=(
            *(one for one in addresses if one.pk in came),
            *(one for one in contacts if one.pk in named),
        ),
        back=(*_address_back(addresses, came, went), *_contacts_back(contacts, named, lost)),
    )


def _address_back(
    addresses: list[Identifier], out: set[int | None], went: set[int | None]
) -> list[Identifier]:
    """The youngest that was taken away, where the owner has not put another in its place since."""
    if any(one.removed_at is None and one.pk not in out for one in addresses):
        return []
    return [one for one in addresses if one.pk in went and one.removed_at is not None][-1:]


def _contacts_back(
    contacts: list[RecoveryContact], out: set[int | None], lost: set[int | None]
) -> list[RecoveryContact]:
    """As many as there is room for, and nobody twice."""
    stay = [one for one in contacts if one.removed_at is None and one.pk not in out]
    taken = {one.value for one in stay}
    back = {
        one.value: one
        for one in contacts
        if one.pk in lost
        and one.removed_at is not None
        and one.value not in taken
        and one.state in (ContactState.INVITED, ContactState.ACCEPTED)
    }
    return list(back.values())[: max(0, MAX_CONTACTS - len(stay))]


def steps(found: Companions) -> list[tuple[RestoreStep, dict[str, object]]]:
    """What is said of it, in the order in which it is done."""
    gone = [one for one in found.out if one.removed_at is None]
    return [
        *((_labels(one).OUT, {"id": one.pk, "what": _shown(one)}) for one in gone),
        *((_labels(one).BACK, {"id": one.pk, "what": _shown(one)}) for one in found.back),
    ]


def _labels(one: Companion) -> ModuleType:
    return notice_address if isinstance(one, Identifier) else recovery_contacts


def _shown(one: Companion) -> str:
    return mask(one.value) if isinstance(one, Identifier) else mask_name(one.name)


def undo(user: User, found: Companions, now: datetime, *, tell: bool) -> None:
    """Inside the caller's transaction. Whose address goes hears that, and nothing more."""
    for one in found.out:
        type(one).objects.filter(pk=one.pk).update(removed_at=one.removed_at or now, rejected=True)
        if tell and isinstance(one, Identifier):
            mails.address_removed(owner_notifications.recipient(user, one.value))
    for one in found.back:
        type(one).objects.filter(pk=one.pk).update(removed_at=None)
