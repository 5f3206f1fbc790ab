"""Code apps, as the registry knows them."""

from accounts.authenticators.base import Kind
from accounts.authenticators.totp import services
from accounts.enums import AuthenticatorKind

TOTP = Kind(
    kind=AuthenticatorKind.TOTP,
    reject=services.reject,
    bring_back=services.bring_back,
)
