"""Code apps: binding, checking, replacing, removing, rejecting, bringing back.

One function checks a code, whether its key lies with django-otp (bound) or sealed (removed): it locks the
row, takes each 30-second step at most once, and counts failures for their source, which only a success
from there sets back.
"""

import base64
import binascii
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_otp.oath import hotp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import policies
from accounts.authenticators import throttling
from accounts.authenticators.base import check_is_not_last, has_everyday, locked_among, where_used
from accounts.authenticators.throttling import Source
from accounts.authenticators.totp import labels
from accounts.enums import AuthenticatorKind
from accounts.freezes import services as freezes
from accounts.models import Authenticator, User
from accounts.record_change import AskedBy, Waiting, change_now_or_later, record_change
from audit import context
from common import clock, codes
from common.encryption import Unreadable, seal, unseal
from common.errors import Denied, Stale
from common.redis import client

STEP = 30
# How far a phone's clock may be off, in steps, for us to tell its owner: ten minutes.
MAX_DRIFT = 20


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


def drift_of(key: bytes, code: str, now: datetime) -> int | None:
    """How many steps from now ``code`` is right, if so within ten minutes; :func:`matching_step` said no."""
    present = int(now.timestamp()) // STEP
    for distance in range(2, MAX_DRIFT + 1):
        for drift in (-distance, distance):
            if codes.same(f"{hotp(key, present + drift):06d}", code):
                return drift
    return None


def clock_hint(ids: Collection[int], code: str) -> str:
    """A word about the phone's clock, after a wrong code of one of these, or "". See :func:`_clock_hint`."""
    rows = Authenticator.objects.filter(pk__in=list(ids), kind=AuthenticatorKind.TOTP, rejected=False)
    return _clock_hint([key for row in rows if (key := _key_of(row))], code)


def _clock_hint(keys: Iterable[bytes], code: str) -> str:
    """A word about the phone's clock where this wrong code and the one before it are equally far from now.

    Each has counted as a failure before this is asked. A guess learns nothing: it would have to hit a code of
    another time twice in a row, at the same distance. Whoever does that has the app in their hand.
    """
    plain, now = codes.typed(code), clock.now()
    for key in keys:
        drift, slot = drift_of(key, plain, now), f"drift:{codes.fingerprint(key.hex())}"
        try:
            if drift is None:
                client().delete(slot)
                continue
            before = client().set(slot, drift, ex=MAX_DRIFT * STEP, get=True)
        except redis.RedisError:
            return ""
        if before is not None and abs(int(before) - drift) <= 2:
            return _(
                "This code is for a different time, so your phone’s clock may be wrong. Set "
                "the phone’s time to automatic, then enter the code your app shows."
            )
    return ""


@transaction.atomic
def among(ids: Collection[int], code: str, source: Source) -> Authenticator | None:
    """Which of these authenticators made ``code``; the caller says which may count. As :func:`check`."""
    return check(locked_among(ids, AuthenticatorKind.TOTP), code, source)


def check(rows: Sequence[Authenticator], code: str, source: Source) -> Authenticator | None:
    """Which of these rows, locked in the caller's transaction, made ``code``.

    A success uses the code up, a failure counts for each that was tried, from ``source``. Works for removed
    ones until their key is shredded.

    Raises:
        Throttled: from ``source`` there were too many failures.
    """
    tried, failed = throttling.check(rows, source)
    plain = codes.typed(code)
    now = clock.now()
    for row in tried:
        key = _key_of(row)
        step = matching_step(key, plain, after=row.last_step, now=now) if key else None
        if step is not None:
            Authenticator.objects.filter(pk=row.pk).update(last_step=step, **where_used())
            if row.pk in failed:
                throttling.clear(row.pk, source)
            return row
    throttling.add(tried, source)
    return None


def _key_of(row: Authenticator) -> bytes | None:
    if row.device is not None:
        found = TOTPDevice.objects.filter(pk=row.device).values_list("key", flat=True).first()
        return binascii.unhexlify(found) if found else None
    if row.sealed is None:
        return None
    try:
        return binascii.unhexlify(unseal(row.sealed)["key"])
    except Unreadable:
        return None


@transaction.atomic
def bind(
    *,
    user: User,
    key: str,
    code: str,
    name: str,
    replaces: int | None = None,
    session: UUID | None = None,
    first: bool = False,
) -> Authenticator | Waiting:
    """Bind the code app that holds ``key`` and has just shown ``code``, and take ``replaces`` out for it.

    The ``first`` authenticator of an account never waits: without it nobody could sign in.

    Raises:
        Denied: the code is not of this key, or sign-in details cannot be changed now.
        Stale: what it shall replace is not bound any more.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if has_everyday(user.pk):
        freezes.check_can_change(user.pk)
    else:
        policies.check_can_enrol(user.pk)
    secret = base64.b32decode(key)
    step = matching_step(secret, codes.typed(code), after=-1, now=clock.now())
    if step is None:
        raise Denied(
            _clock_hint([secret], code)
            or _("This code isn’t from the new entry in your app. Wait for the next code and try again.")
        )
    shown = (name or _("Authenticator app"))[:64]
    data = {
        "key": secret.hex(),
        "name": shown,
        "step": step,
        "replaces": replaces,
    }
    if first:
        return apply_bind(user, data, AskedBy(session))
    return change_now_or_later(
        user=user,
        change_type=labels.ADDED if replaces is None else labels.REPLACED,
        data=data,
        apply=apply_bind,
        shown=shown,
        session=session,
    )


def apply_bind(user: User, data: Mapping[str, Any], asked: AskedBy) -> Authenticator:
    """
    Raises:
        Stale: what it shall replace is not bound any more.
    """
    bound = _bind(user, data["key"], name=data["name"], step=data["step"], session=asked.session)
    replaces = data["replaces"]
    removed = _unbind(user, replaces) if replaces is not None else None
    record_change(
        user=user,
        change_type=labels.REPLACED if removed else labels.ADDED,
        details={"name": bound.name},
        shown=bound.name,
        asked=asked,
        authenticator_in=bound,
        authenticator_out=removed,
    )
    return bound


@transaction.atomic
def remove(*, user: User, authenticator_id: int) -> Waiting | None:
    """Take one code app out. The last authenticator for every day stays: who wants another binds that first.

    Raises:
        Denied: it is the last one, or sign-in details cannot be changed now.
        Stale: it is not bound any more.
    """
    User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    bound = Authenticator.objects.filter(user=user, kind=AuthenticatorKind.TOTP, removed_at=None)
    going = bound.filter(pk=authenticator_id).first()
    if going is None:
        raise _no_longer_bound()
    check_is_not_last(user.pk, authenticator_id)
    return change_now_or_later(
        user=user,
        change_type=labels.REMOVED,
        data={"id": authenticator_id},
        apply=apply_remove,
        shown=going.name,
    )


def apply_remove(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    """
    Raises:
        Denied: it is the last one.
        Stale: it is not bound any more.
    """
    check_is_not_last(user.pk, data["id"])
    removed = _unbind(user, data["id"])
    record_change(
        user=user,
        change_type=labels.REMOVED,
        details={"name": removed.name},
        shown=removed.name,
        asked=asked,
        authenticator_out=removed,
    )


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
        **where_used(),
    )


def _unbind(user: User, authenticator_id: int, *, rejected: bool = False) -> Authenticator:
    """Take a code app out: its key is sealed, or forgotten where it was a stranger's."""
    row = (
        Authenticator.objects.select_for_update()
        .filter(user=user, pk=authenticator_id, kind=AuthenticatorKind.TOTP, removed_at=None)
        .first()
    )
    if row is None:
        raise _no_longer_bound()
    device = TOTPDevice.objects.filter(pk=row.device).first()
    row.sealed = None if rejected or device is None else seal({"key": device.key})
    row.device, row.removed_at, row.rejected = None, clock.now(), rejected
    row.save(update_fields=["device", "removed_at", "sealed", "rejected"])
    if device is not None:
        device.delete()
    return row


def _no_longer_bound() -> Stale:
    return Stale(_("This authenticator app is no longer in use."))


def reject(user: User, authenticator: Authenticator) -> None:
    """Take out what a stranger has bound, inside the caller's transaction; it never counts again."""
    if authenticator.removed_at is None:
        _unbind(user, authenticator.pk, rejected=True)
        return
    Authenticator.objects.filter(pk=authenticator.pk).update(rejected=True, sealed=None)


def bring_back(user: User, authenticator: Authenticator) -> bool:
    """Bind again what was removed, inside the caller's transaction; False where its key cannot be opened."""
    key = _key_of(authenticator)
    if key is None:
        return False
    device = TOTPDevice.objects.create(user=user, name=authenticator.name, key=key.hex(), confirmed=True)
    Authenticator.objects.filter(pk=authenticator.pk).update(device=device.pk, removed_at=None, sealed=None)
    return True


def can_come_back(authenticator: Authenticator, _others: Sequence[Authenticator]) -> bool:
    """Is its key still there?"""
    return authenticator.removed_at is not None and authenticator.sealed is not None


def shred(apps: QuerySet[Authenticator]) -> int:
    return apps.filter(sealed__isnull=False).update(sealed=None)


def issuer() -> str:
    """What an authenticator app shows above the code."""
    name: str = settings.SITE_NAME
    return name
