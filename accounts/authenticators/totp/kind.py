"""Code apps, as the registry knows them."""

from accounts.authenticators.base import Kind, Pages
from accounts.authenticators.fields import CodeField, is_digits
from accounts.authenticators.totp import labels, services
from accounts.authenticators.totp.forms import CodeForm
from accounts.enums import AuthenticatorKind, Factor

TOTP = Kind(
    kind=AuthenticatorKind.TOTP,
    factor=Factor.TOTP,
    icon="device",
    is_spare=False,
    in_the_hand=True,
    can_be_lost=True,
    lasts=False,
    words=labels.WORDS,
    detail=labels.DETAIL,
    changes=(labels.ADDED, labels.REMOVED, labels.REPLACED),
    events=labels.EVENTS,
    steps=labels.STEPS,
    pages=Pages(
        urls="accounts.authenticators.totp.urls",
        section="accounts/totp/section.html",
        verify="verify_totp",
        verify_path="code/",
        enrol="enrol_totp",
    ),
    advice=labels.advice,
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
    shred=services.shred,
    apply={
        labels.ADDED.kind: services.apply_bind,
        labels.REPLACED.kind: services.apply_bind,
        labels.REMOVED.kind: services.apply_remove,
    },
)
