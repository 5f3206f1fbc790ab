"""Recovery codes, as the registry knows them."""

from accounts.authenticators.base import Kind, Steps
from accounts.authenticators.recovery_codes import services
from accounts.authenticators.recovery_codes.forms import RecoveryCodeField, RecoveryCodeForm
from accounts.authenticators.recovery_codes.labels import WORDS
from accounts.enums import AuthenticatorKind, Factor

RECOVERY_CODES = Kind(
    kind=AuthenticatorKind.RECOVERY_CODES,
    factor=Factor.RECOVERY_CODE,
    icon="key",
    words=WORDS,
    steps=Steps(out="recovery_codes_out", lost="recovery_codes_out", back="recovery_codes_back"),
    form=RecoveryCodeForm,
    field=RecoveryCodeField,
    recognises=services.is_code,
    check=services.check,
    among=services.among,
    hint=lambda _ids, _code: "",
    reject=services.reject,
    bring_back=services.bring_back,
    can_come_back=services.can_come_back,
    signs_in=services.has_unused,
)
