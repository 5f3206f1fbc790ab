"""Authenticators: binding, checking, replacing, removing; and the recovery codes.

One function checks a code, whether its key lies with django-otp (bound) or sealed (removed): it locks the
row, takes each 30-second step at most once, and counts failures that only a success sets back.
"""

import base64
import binascii
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django_otp.oath import hotp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import policies
from accounts.kinds import AuthenticatorKind, ChangeKind
from accounts.limits import RECOVERY_CODES
from accounts.models import Authenticator, RecoveryCode, User
from accounts.services import changes
from audit import context
from audit.services import record
from common import clock, codes
from common.errors import Denied, Stale, Throttled
from common.sealing import Unreadable, seal, unseal

STEP = 30
SELECTOR = 3


def new_key() -> str:
    """A fresh 160-bit key in base 32, as authenticator apps take it (RFC 6238, RFC 4226 section 4)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def matching_step(key: bytes, code: str, *, after: int, now: datetime) -> int | None:
    """The step whose code this is: the present one or its neighbours, and later than ``after``."""
    present = int(now.timestamp()) // STEP
    found = None
    for step in (present, present - 1, present + 1):
        if codes.same(f"{hotp(key, step):06d}", code) and step > after:
            found = step
    return found


@transaction.atomic
def verify_totp(*, user_id: int, code: str, among: Collection[int]) -> int | None:
    """Which of the authenticators ``among`` (ids, bound or removed) made ``code``; None where none did.

    A success uses the code up; a failure counts against each authenticator that was tried. Works for
    removed ones until their key is shredded. The caller says which may count.

    Raises:
        Throttled: all of them have to wait after too many failures, or are disabled.
    """
    rows = (
        Authenticator.objects.select_for_update()
        .filter(user=user_id, pk__in=list(among), kind=AuthenticatorKind.TOTP)
        .order_by("pk")
    )
    tried = _not_waiting(list(rows))
    plain = codes.typed(code)
    now = clock.now()
    for row in tried:
        key = _key_of(row)
        step = matching_step(key, plain, after=row.last_step, now=now) if key else None
        if step is not None:
            Authenticator.objects.filter(pk=row.pk).update(
                last_step=step, used_at=now, failures=0, failed_at=None
            )
            return row.pk
    _count_failure(tried)
    return None


@transaction.atomic
def verify_recovery_code(*, user_id: int, code: str, among: Collection[int]) -> int | None:
    """Which of the sets ``among`` (ids, bound or removed) holds ``code``; it is then used up. Else None.

    Raises:
        Throttled: as for :func:`verify_totp`.
    """
    rows = (
        Authenticator.objects.select_for_update()
        .filter(user=user_id, pk__in=list(among), kind=AuthenticatorKind.RECOVERY_CODES)
        .order_by("pk")
    )
    tried = _not_waiting(list(rows))
    plain = codes.typed(code).translate(codes.MISREAD)
    selector, secret = plain[:SELECTOR], plain[SELECTOR:]
    candidates = list(RecoveryCode.objects.filter(authenticator__in=tried, selector=selector, used_at=None))
    if not candidates:
        make_password(secret)  # the time of a hash, so that the answer does not say which part was right
    for candidate in candidates:
        if not check_password(secret, candidate.digest):
            continue
        now = clock.now()
        if RecoveryCode.objects.filter(pk=candidate.pk, used_at=None).update(used_at=now) != 1:
            continue
        Authenticator.objects.filter(pk=candidate.authenticator_id).update(
            used_at=now, failures=0, failed_at=None
        )
        left = RecoveryCode.objects.filter(authenticator=candidate.authenticator_id, used_at=None).count()
        record("credential.recovery_code.used", account=user_id, details={"left": left})
        return candidate.authenticator_id
    _count_failure(tried)
    return None


def _not_waiting(rows: list[Authenticator]) -> list[Authenticator]:
    now = clock.now()
    waits = [policies.waits_until(row) for row in rows]
    tried = [
        row for row, wait in zip(rows, waits, strict=True) if wait is None and not policies.is_disabled(row)
    ]
    if rows and not tried:
        seconds = [int((wait - now).total_seconds()) + 1 for wait in waits if wait is not None]
        raise Throttled(
            _("Too many wrong codes. Please wait a little and try again."), min(seconds, default=3600)
        )
    return tried


def _count_failure(rows: Iterable[Authenticator]) -> None:
    Authenticator.objects.filter(pk__in=[row.pk for row in rows]).update(
        failures=F("failures") + 1, failed_at=clock.now()
    )


def _key_of(row: Authenticator) -> bytes | None:
    if row.device is not None:
        device = TOTPDevice.objects.filter(pk=row.device).first()
        return device.bin_key if device else None
    if row.sealed is None:
        return None
    try:
        return binascii.unhexlify(unseal(row.sealed)["key"])
    except Unreadable:
        return None


@transaction.atomic
def bind_totp(
    *, user: User, key: str, code: str, name: str, replaces: int | None = None, session: UUID | None = None
) -> Authenticator:
    """Bind the code app that holds ``key`` and has just shown ``code``, and take ``replaces`` out for it.

    Raises:
        Denied: the code is not of this key, or sign-in details cannot be changed now.
        Stale: what it shall replace is not bound any more.
    """
    User.objects.select_for_update().get(pk=user.pk)
    has_one = Authenticator.objects.filter(user=user, kind=AuthenticatorKind.TOTP, removed_at=None).exists()
    if has_one:
        policies.check_may_change_credentials(user.pk)
    else:
        policies.check_may_enrol(user.pk)
    secret = base64.b32decode(key)
    step = matching_step(secret, codes.typed(code), after=-1, now=clock.now())
    if step is None:
        raise Denied(
            _("This code does not belong to the new entry in your app. Wait for the next code and try again.")
        )
    bound = _bind(user, secret.hex(), name=name or _("Code app"), step=step, session=session)
    removed = _unbind(user, replaces) if replaces is not None else None
    kind = ChangeKind.TOTP_REPLACED if removed else ChangeKind.TOTP_ADDED
    changes.note(
        user,
        kind,
        details={"name": bound.name},
        shown=bound.name,
        session=session,
        authenticator_in=bound,
        authenticator_out=removed,
    )
    return bound


@transaction.atomic
def remove_totp(*, user: User, authenticator_id: int) -> None:
    """Take one code app out. The last one stays: who wants another binds that first.

    Raises:
        Denied: it is the last one, or sign-in details cannot be changed now.
        Stale: it is not bound any more.
    """
    User.objects.select_for_update().get(pk=user.pk)
    policies.check_may_change_credentials(user.pk)
    others = Authenticator.objects.filter(user=user, kind=AuthenticatorKind.TOTP, removed_at=None)
    if not others.exclude(pk=authenticator_id).exists():
        raise Denied(_("This is your last code app. Add another one first."))
    removed = _unbind(user, authenticator_id)
    changes.note(
        user,
        ChangeKind.TOTP_REMOVED,
        details={"name": removed.name},
        shown=removed.name,
        authenticator_out=removed,
    )


@transaction.atomic
def new_recovery_codes(*, user: User, session: UUID | None = None, tell: bool = True) -> list[str]:
    """Make a new set and put the old one out of use. The codes exist in clear only in what this returns.

    Raises:
        Denied: sign-in details cannot be changed now.
    """
    User.objects.select_for_update().get(pk=user.pk)
    old = Authenticator.objects.filter(
        user=user, kind=AuthenticatorKind.RECOVERY_CODES, removed_at=None
    ).first()
    if old is not None:
        policies.check_may_change_credentials(user.pk)
        Authenticator.objects.filter(pk=old.pk).update(removed_at=clock.now())
    made = _distinct_codes()
    bound = Authenticator.objects.create(
        user=user,
        kind=AuthenticatorKind.RECOVERY_CODES,
        bound_at=clock.now(),
        session=session or context.current().session,
    )
    RecoveryCode.objects.bulk_create(
        RecoveryCode(authenticator=bound, selector=code[:SELECTOR], digest=make_password(code[SELECTOR:]))
        for code in made
    )
    changes.note(
        user,
        ChangeKind.RECOVERY_CODES,
        details={"count": len(made)},
        session=session,
        authenticator_in=bound,
        authenticator_out=old,
        tell=tell,
    )
    return made


def _distinct_codes() -> list[str]:
    """Codes of 3 + 13 signs, no two with the same first three: 65 random bits behind each selector."""
    made: dict[str, str] = {}
    while len(made) < RECOVERY_CODES:
        code = codes.letters(16)
        made[code[:SELECTOR]] = code
    return list(made.values())


def _bind(user: User, key_hex: str, *, name: str, step: int, session: UUID | None) -> Authenticator:
    device = TOTPDevice.objects.create(user=user, name=name[:64], key=key_hex, confirmed=True)
    return Authenticator.objects.create(
        user=user,
        kind=AuthenticatorKind.TOTP,
        name=name[:64],
        device=device.pk,
        bound_at=clock.now(),
        session=session or context.current().session,
        last_step=step,
        used_at=clock.now(),
    )


def _unbind(user: User, authenticator_id: int, *, rejected: bool = False) -> Authenticator:
    """Take a code app out: its key leaves django-otp and is sealed, or forgotten where it was a stranger's."""
    row = (
        Authenticator.objects.select_for_update()
        .filter(user=user, pk=authenticator_id, kind=AuthenticatorKind.TOTP, removed_at=None)
        .first()
    )
    if row is None:
        raise Stale(_("This code app is not in use any more."))
    device = TOTPDevice.objects.filter(pk=row.device).first()
    row.sealed = None if rejected or device is None else seal({"key": device.key})
    row.device, row.removed_at, row.rejected = None, clock.now(), rejected
    row.save(update_fields=["device", "removed_at", "sealed", "rejected"])
    if device is not None:
        device.delete()
    return row


def reject(user: User, authenticator: Authenticator) -> None:
    """Take out what a stranger has bound, inside the caller's transaction; it never counts again."""
    if authenticator.kind == AuthenticatorKind.TOTP and authenticator.removed_at is None:
        _unbind(user, authenticator.pk, rejected=True)
        return
    Authenticator.objects.filter(pk=authenticator.pk).update(
        removed_at=authenticator.removed_at or clock.now(), rejected=True, sealed=None
    )


def bring_back(user: User, authenticator: Authenticator) -> bool:
    """Bind again what was removed, inside the caller's transaction; False where its key cannot be opened."""
    if authenticator.kind == AuthenticatorKind.RECOVERY_CODES:
        Authenticator.objects.filter(pk=authenticator.pk).update(removed_at=None, failures=0, failed_at=None)
        return True
    key = _key_of(authenticator)
    if key is None:
        return False
    device = TOTPDevice.objects.create(user=user, name=authenticator.name, key=key.hex(), confirmed=True)
    Authenticator.objects.filter(pk=authenticator.pk).update(
        device=device.pk, removed_at=None, sealed=None, failures=0, failed_at=None
    )
    return True


def issuer() -> str:
    """What an authenticator app shows above the code."""
    name: str = settings.SITE_NAME
    return name
