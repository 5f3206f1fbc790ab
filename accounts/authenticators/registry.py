"""The kinds of authenticators that there are. A further one is its folder and a line here."""

from accounts.authenticators.base import Kind
from accounts.authenticators.passkeys.kind import PASSKEY
from accounts.authenticators.recovery_codes.kind import RECOVERY_CODES
from accounts.authenticators.totp.kind import TOTP
from accounts.words import EventWords

# In the order in which a person is offered them, the best first.
KINDS: tuple[Kind, ...] = (PASSKEY, TOTP, RECOVERY_CODES)


def by_kind(kind: str) -> Kind:
    return next(one for one in KINDS if one.kind == kind)


def by_factor(factor: str) -> Kind:
    return next(one for one in KINDS if one.factor == factor)


def spare() -> list[Kind]:
    return [one for one in KINDS if one.is_spare]


def without_password() -> list[Kind]:
    """The kinds by which people sign in without a password."""
    return [one for one in KINDS if one.owner is not None]


def to_begin_with() -> list[Kind]:
    """The kinds of which the first authenticator of an account can be."""
    return [one for one in KINDS if one.pages.enrol]


def events() -> list[EventWords]:
    return [event for kind in KINDS for event in kind.events]


def recognised(plain: str) -> Kind | None:
    """The kind that what was typed, made plain, is a code of, by its shape."""
    return next((one for one in KINDS if one.recognises(plain)), None)
