"""Recovery codes, as the registry knows them."""

from accounts.authenticators.base import Kind, Pages
from accounts.authenticators.recovery_codes import labels, reminder, replacement, services
from accounts.authenticators.recovery_codes.forms import RecoveryCodeField, RecoveryCodeForm
from accounts.enums import AuthenticatorKind, Factor

RECOVERY_CODES = Kind(
    kind=AuthenticatorKind.RECOVERY_CODES,
    factor=Factor.RECOVERY_CODE,
    icon="key",
    is_spare=True,
    in_the_hand=False,
    can_be_lost=False,
    lasts=False,
    words=labels.WORDS,
    detail=labels.DETAIL,
    changes=(labels.CREATED,),
    events=labels.EVENTS,
    steps=labels.STEPS,
    pages=Pages(
        urls="accounts.authenticators.recovery_codes.urls",
        section="accounts/recovery_codes/section.html",
        verify="verify_recovery_code",
        verify_path="recovery-code/",
        fresh="accounts:fresh_code",
    ),
    advice=reminder.advice,
    form=RecoveryCodeForm,
    field=RecoveryCodeField,
    recognises=services.is_code,
    check=services.check,
    among=services.among,
    reject=services.reject,
    bring_back=services.bring_back,
    can_come_back=services.can_come_back,
    signs_in=services.has_unused,
    shred=services.shred,
    left=services.left,
    make_first=services.make_first,
    replace_used=replacement.hand_over,
    fresh=replacement.token,
    remind=reminder.remind,
    apply={labels.CREATED.kind: services.apply_create},
)
