"""Passkeys: binding, checking, removing, rejecting, bringing back.

A bound one has its public key with django-otp-webauthn, a removed one sealed in our row. One function checks
both: it locks the row, takes each ceremony at most once, and counts failures for their source.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_otp_webauthn.models import WebAuthnCredential
from webauthn.helpers import base64url_to_bytes

from accounts import policies
from accounts.authenticators import throttling
from accounts.authenticators.base import check_is_not_last, has_everyday, locked_among, where_used
from accounts.authenticators.passkeys import ceremonies, labels
from accounts.authenticators.passkeys.ceremonies import Shown
from accounts.authenticators.throttling import Source
from accounts.enums import AuthenticatorKind
from accounts.freezes import services as freezes
from accounts.models import Authenticator, User
from accounts.record_change import AskedBy, Waiting, change_now_or_later, record_change
from audit import context
from audit.recording import record
from common import clock
from common.encryption import Unreadable, seal, unseal
from common.errors import Denied, Stale


def owner(code: str) -> int | None:
    """Whose bound passkey a code names; whether it is a right one is another question."""
    shown = ceremonies.opened(code)
    if shown is None:
        return None
    bound = Authenticator.objects.filter(
        kind=AuthenticatorKind.PASSKEY, credential=shown.digest, removed_at=None
    )
    return bound.values_list("user", flat=True).first()


@transaction.atomic
def among(ids: Collection[int], code: str, source: Source) -> Authenticator | None:
    """Which of these passkeys was shown; the caller says which may count. As :func:`check`."""
    return check(locked_among(ids, AuthenticatorKind.PASSKEY), code, source)


def check(rows: Sequence[Authenticator], code: str, source: Source) -> Authenticator | None:
    """Which of these rows, locked in the caller's transaction, was shown by the ceremony in ``code``.

    A failure counts for the one that was named, or for all that could have been. Works for removed ones until
    their key is shredded.

    Raises:
        Throttled: from ``source`` there were too many failures.
    """
    tried, failed = throttling.check(rows, source)
    shown = ceremonies.opened(code)
    named = [row for row in tried if shown is not None and row.credential == shown.digest]
    for row in named:
        if shown is not None and _accepts(row, shown):
            if row.pk in failed:
                throttling.clear(row.pk, source)
            return row
    throttling.add(named or tried, source)
    return None


def _accepts(row: Authenticator, shown: Shown) -> bool:
    """Did this passkey sign, for its own person, and for the first time? Then that is written down."""
    key = _key_of(row)
    if key is None or shown.made_at <= row.last_step or not ceremonies.is_for(shown, row.user_id):
        return False
    count = ceremonies.sign_count(key, shown)
    if count is None:
        return False
    if (count or key.sign_count) and count <= key.sign_count:
        # It has signed elsewhere under the same number: there are two of it (WebAuthn section 6.1.1).
        record("credential.passkey.copied", account=row.user_id, outcome="denied", details={"name": row.name})
        return False
    key.sign_count = count
    if row.sealed is None:
        key.set_last_used_timestamp(commit=False)
        key.save(update_fields=["sign_count", "last_used_at"])
    else:
        row.sealed = seal(ceremonies.as_plain(key))
    used = {"last_step": shown.made_at, "sealed": row.sealed, **where_used()}
    Authenticator.objects.filter(pk=row.pk).update(**used)
    return True


def _key_of(row: Authenticator) -> WebAuthnCredential | None:
    if row.removed_at is None:
        return WebAuthnCredential.objects.filter(credential_id_sha256=row.credential).first()
    if row.sealed is None:
        return None
    try:
        return ceremonies.as_row(row.user_id, unseal(row.sealed))
    except Unreadable:
        return None


@transaction.atomic
def bind(
    *, user: User, code: str, name: str, session: UUID | None = None, first: bool = False
) -> Authenticator | Waiting:
    """Bind the passkey that the ceremony in ``code`` has just created.

    The ``first`` authenticator of an account never waits: without it nobody could sign in.

    Raises:
        Denied: the ceremony failed, or sign-in details cannot be changed now.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if has_everyday(user.pk):
        freezes.check_can_change(user.pk)
    else:
        policies.check_can_enrol(user.pk)
    key = ceremonies.created(user, code)
    if key is None:
        raise _not_created()
    shown = (name or labels.default_name())[:64]
    data = {"key": key, "name": shown}
    if first:
        return apply_bind(user, data, AskedBy(session))
    return change_now_or_later(
        user=user, change_type=labels.ADDED, data=data, apply=apply_bind, shown=shown, session=session
    )


def apply_bind(user: User, data: Mapping[str, Any], asked: AskedBy) -> Authenticator:
    """
    Raises:
        Denied: the same passkey was bound in the meantime.
    """
    bound = _bind(user, data["key"], name=data["name"], session=asked.session)
    record_change(
        user=user,
        change_type=labels.ADDED,
        details={"name": bound.name},
        shown=bound.name,
        asked=asked,
        authenticator_in=bound,
    )
    return bound


@transaction.atomic
def remove(*, user: User, authenticator_id: int) -> Waiting | None:
    """Take one passkey out. The last authenticator for every day stays: who wants another binds that first.

    Raises:
        Denied: it is the last one, or sign-in details cannot be changed now.
        Stale: it is not bound any more.
    """
    User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    bound = Authenticator.objects.filter(user=user, kind=AuthenticatorKind.PASSKEY, removed_at=None)
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


def _not_created() -> Denied:
    return Denied(_("The passkey couldn’t be created. Try again, or choose another way."))


def _no_longer_bound() -> Stale:
    return Stale(_("This passkey is no longer in use."))


def _bind(user: User, key: Mapping[str, Any], *, name: str, session: UUID | None) -> Authenticator:
    try:
        with transaction.atomic():
            bound = Authenticator.objects.create(
                user=user,
                kind=AuthenticatorKind.PASSKEY,
                name=name[:64],
                credential=ceremonies.digest_of(base64url_to_bytes(key["credential_id"])),
                bound_at=clock.now(),
                session=session or context.current().session,
                **where_used(),
            )
            ceremonies.as_row(user.pk, key).save()
    except IntegrityError as error:
        # Ids are random: whoever brings one that somebody had before has made it by hand.
        raise _not_created() from error
    return bound


def _unbind(user: User, authenticator_id: int, *, rejected: bool = False) -> Authenticator:
    """Take a passkey out: its key is sealed, or forgotten where it was a stranger's."""
    row = (
        Authenticator.objects.select_for_update()
        .filter(user=user, pk=authenticator_id, kind=AuthenticatorKind.PASSKEY, removed_at=None)
        .first()
    )
    if row is None:
        raise _no_longer_bound()
    key = _key_of(row)
    row.sealed = None if rejected or key is None else seal(ceremonies.as_plain(key))
    row.removed_at, row.rejected = clock.now(), rejected
    row.save(update_fields=["removed_at", "sealed", "rejected"])
    if key is not None:
        key.delete()
    return row


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
    key.save()
    Authenticator.objects.filter(pk=authenticator.pk, user=user).update(removed_at=None, sealed=None)
    return True


def can_come_back(authenticator: Authenticator, _others: Sequence[Authenticator]) -> bool:
    """Is its key still there?"""
    return authenticator.removed_at is not None and authenticator.sealed is not None


def shred(passkeys: QuerySet[Authenticator]) -> int:
    return passkeys.filter(sealed__isnull=False).update(sealed=None)
