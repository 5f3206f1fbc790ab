"""The kinds of authenticators that there are. A further one is its folder and a line here."""

from accounts.authenticators.base import Kind
from accounts.authenticators.recovery_codes.kind import RECOVERY_CODES
from accounts.authenticators.totp.kind import TOTP

# In the order in which a person is offered them.
KINDS: tuple[Kind, ...] = (TOTP, RECOVERY_CODES)

_BY_KIND = {str(one.kind): one for one in KINDS}


def by_kind(kind: str) -> Kind:
    return _BY_KIND[kind]
