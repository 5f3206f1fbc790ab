"""The kinds of authenticators that there are. A further one is its folder and a line here."""

from accounts.authenticators.base import Kind
from accounts.authenticators.recovery_codes.kind import RECOVERY_CODES
from accounts.authenticators.totp.kind import TOTP

# In the order in which a person is offered them.
KINDS: tuple[Kind, ...] = (TOTP, RECOVERY_CODES)

_BY_KIND = {str(one.kind): one for one in KINDS}
_BY_FACTOR = {str(one.factor): one for one in KINDS}


def by_kind(kind: str) -> Kind:
    return _BY_KIND[str(kind)]


def by_factor(factor: str) -> Kind:
    return _BY_FACTOR[str(factor)]


def recognised(plain: str) -> Kind | None:
    """The kind that what was typed, made plain, is a code of, by its shape."""
    return next((one for one in KINDS if one.recognises(plain)), None)
