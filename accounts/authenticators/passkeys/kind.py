"""Passkeys, as the registry knows them."""

from accounts.authenticators.base import Kind, Pages
from accounts.authenticators.passkeys import challenges, labels, services
from accounts.authenticators.passkeys.forms import PasskeyField, PasskeyForm
from accounts.enums import AuthenticatorKind, Factor


def _never(_plain: str) -> bool:
    """Nobody types a passkey."""
    return False


PASSKEY = Kind(
    kind=AuthenticatorKind.PASSKEY,
    factor=Factor.PASSKEY,
    icon="key",
    is_spare=False,
    in_the_hand=True,
    can_be_lost=True,
    lasts=True,
    words=labels.WORDS,
    detail=labels.DETAIL,
    changes=(labels.ADDED, labels.REMOVED),
    events=labels.EVENTS,
    steps=labels.STEPS,
    pages=Pages(
        urls="accounts.authenticators.passkeys.urls",
        section="accounts/passkeys/section.html",
        verify="verify_passkey",
        verify_path="passkey/",
        enrol="enrol_passkey",
    ),
    advice=labels.advice,
    form=PasskeyForm,
    field=PasskeyField,
    recognises=_never,
    ceremony=labels.CEREMONY,
    taken=challenges.taken,
    owner=services.owner,
    check=services.check,
    among=services.among,
    reject=services.reject,
    bring_back=services.bring_back,
    can_come_back=services.can_come_back,
    signs_in=bool,
    shred=services.shred,
    apply={labels.ADDED.kind: services.apply_bind, labels.REMOVED.kind: services.apply_remove},
)
