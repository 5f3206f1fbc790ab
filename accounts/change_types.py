"""Every way in which sign-in details change: address, password, and what each kind of authenticator adds."""

from accounts.authenticators import registry
from accounts.credentials import labels
from accounts.notice_address import labels as notice_address
from accounts.recovery_contacts import labels as recovery_contacts
from accounts.words import ChangeType, SignInDetail


def every() -> list[ChangeType]:
    return [
        *labels.CHANGES,
        *(change for kind in registry.KINDS for change in kind.changes),
        *notice_address.CHANGES,
        *recovery_contacts.CHANGES,
    ]


def by_kind(kind: str) -> ChangeType:
    return next(one for one in every() if one.kind == kind)


def details() -> list[SignInDetail]:
    """What a person signs in with, in the order in which it is listed."""
    return list({one.detail.name: one.detail for one in every()}.values())
