"""Recovery codes, as the registry knows them."""

from accounts.authenticators.base import Kind
from accounts.authenticators.recovery_codes import services
from accounts.enums import AuthenticatorKind

RECOVERY_CODES = Kind(
    kind=AuthenticatorKind.RECOVERY_CODES,
    reject=services.reject,
    bring_back=services.bring_back,
)
