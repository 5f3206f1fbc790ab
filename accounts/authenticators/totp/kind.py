"""Code apps, as the registry knows them."""

from accounts.authenticators.base import Kind, Steps
from accounts.authenticators.fields import CodeField, is_digits
from accounts.authenticators.totp import services
from accounts.authenticators.totp.forms import CodeForm
from accounts.authenticators.totp.labels import WORDS
from accounts.enums import AuthenticatorKind, Factor

TOTP = Kind(
    kind=AuthenticatorKind.TOTP,
    factor=Factor.TOTP,
    icon="device",
    words=WORDS,
    steps=Steps(out="authenticator_out", lost="authenticator_lost", back="authenticator_back"),
    form=CodeForm,
    field=CodeField,
    recognises=is_digits,
    check=services.check,
    among=services.among,
    hint=services.clock_hint,
    reject=services.reject,
    bring_back=services.bring_back,
    can_come_back=services.can_come_back,
    signs_in=bool,
)
