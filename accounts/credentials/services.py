"""Changing the password and the address. The caller has asked for a fresh second factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications, passwords, pending_changes, selectors
from accounts.credentials import former_passwords, password_links
from accounts.credentials.labels import EMAIL_CHANGED, PASSWORD_CHANGED
from accounts.enums import IdentifierKind
from accounts.freezes import services as freezes
from accounts.limits import EMAIL_CHANGE_HOURS
from accounts.models import Identifier, PendingEmail, User
from accounts.record_change import AskedBy, Waiting, change_now_or_later, record_change
from accounts.sessions import services as sessions
from accounts.states import PendingState
from audit.recording import record
from common import clock, codes, ratelimit
from common.email_addresses import mask, normal, tidy
from common.errors import Denied, Stale

SET_WITH_A_PASSWORD = (
    *("password", "password_epoch", "password_leaked_at"),
    *("failed_passwords", "password_locked_until"),
)


class UsedBefore(Denied):
    """The password was this account's before; a voided one stays void."""


def _check_is_new(user: User, password: str) -> None:
    if former_passwords.was_used(user, password):
        raise UsedBefore(_("This password has been used on this account before. Choose a different one."))


def _set_password(user: User, digest: str, *, how: str, keep: UUID | None, asked: AskedBy) -> None:
    """``keep``: the session that goes on; all others end."""
    former_passwords.remember(user)
    user.password = digest
    user.password_epoch += 1
    user.failed_passwords, user.password_locked_until, user.password_leaked_at = 0, None, None
    user.save(update_fields=[*SET_WITH_A_PASSWORD])
    password_links.void_all(user)
    sessions.end_others(user_id=user.pk, keep=keep, reason="password_changed", but=asked.waited)
    record_change(user=user, change_type=PASSWORD_CHANGED, details={"how": how}, asked=asked)


@transaction.atomic
def change_password(*, user: User, password: str, session: UUID) -> User | Waiting:
    """Choose a new password in this session: the others end. Returns the person with the new password.

    Where it waits, every session ends once it takes effect.

    Raises:
        UsedBefore: the account had this password before.
        Denied: a freeze lasts.
    """
    user = _locked(user)
    freezes.check_can_change(user.pk)
    _check_is_new(user, password)
    data = {"digest": make_password(passwords.normal(password))}
    return change_now_or_later(
        user=user, change_type=PASSWORD_CHANGED, data=data, apply=apply_password, session=session
    )


def apply_password(user: User, data: Mapping[str, Any], asked: AskedBy) -> User:
    keep = None if asked.waited else asked.session
    _set_password(user, data["digest"], how="changed", keep=keep, asked=asked)
    return user


@transaction.atomic
def choose_password_by_link(*, token: str, password: str) -> User:
    """Choose a password by a one-time link. Nobody is signed in by it: the second factor is still owed.

    Raises:
        Stale: the link was used, is too old, or another change has ended it.
        UsedBefore: the account had this password before; the link stays good.
        Denied: a freeze does not allow it.
    """
    user = password_links.use(token)
    record("password.link_used", account=user.pk, actor=user.pk)
    _check_is_new(user, password)
    digest = make_password(passwords.normal(password))
    _set_password(user, digest, how="link", keep=None, asked=AskedBy())
    return user


@transaction.atomic
def request_email_change(*, user: User, address: str, session: UUID) -> None:
    """Mail a link to the new address; nothing changes before it is confirmed there.

    An address that belongs to another account gets a mail that says so, and the page the same answer.

    Raises:
        Denied: a freeze lasts, or it is the present address.
        Throttled: too many tries.
    """
    new = normal(address)
    user = _locked(user)
    freezes.check_can_change(user.pk)
    if new == user.email:
        raise Denied(_("You already sign in with this address."))
    ratelimit.spend("email_change", str(user.pk), limit=5, seconds=3600)
    pending_changes.cancel_address(user.pk, IdentifierKind.EMAIL)
    now = clock.now()
    recipient = owner_notifications.recipient(user, new)
    if selectors.is_taken(new, by_other_than=user.pk):
        mails.email_change_taken(recipient)
    else:
        token = codes.token()
        pending = PendingEmail.objects.create(
            user=user,
            address=new,
            typed=tidy(address),
            digest=codes.fingerprint(token),
            session=session,
            made_at=now,
            expires_at=now + timedelta(hours=EMAIL_CHANGE_HOURS),
        )
        mails.email_change_confirm(
            recipient,
            link=links.absolute("accounts:email_link", token),
            valid_hours=EMAIL_CHANGE_HOURS,
        )
        owner_notifications.notify_of_asked_address(user, pending=pending.pk, new_masked=mask(new), at=now)
    record("credential.email.change_requested", account=user.pk, details={"to_masked": mask(new)})


@transaction.atomic
def cancel_email_change(*, user: User) -> None:
    pending_changes.cancel_address(_locked(user).pk, IdentifierKind.EMAIL)


@dataclass(frozen=True)
class Asked:
    """A change of address that somebody asked for, as the page of the link that stops it shows it."""

    new_masked: str
    at: datetime
    state: PendingState


def asked_for(pending_id: int) -> Asked | None:
    pending = PendingEmail.objects.filter(
        pk=pending_id, kind=IdentifierKind.EMAIL, user__is_active=True
    ).first()
    if pending is None:
        return None
    over = pending.state == PendingState.PENDING and pending.expires_at <= clock.now()
    state = PendingState.CANCELLED if over else PendingState(pending.state)
    return Asked(mask(pending.address), pending.made_at, state)


@transaction.atomic
def stop_email_change(*, pending_id: int) -> None:
    """By the link that the present address got: the change is cancelled, and nothing else happens.

    Raises:
        Stale: it was confirmed or cancelled already.
    """
    pending = PendingEmail.objects.select_related("user").filter(pk=pending_id).first()
    if pending is None:
        raise Stale(_("This link no longer works."))
    _locked(pending.user)
    PendingEmail.objects.move(pending, PendingState.CANCELLED)
    record("credential.email.change_cancelled", account=pending.user_id)


def pending_of(token: str) -> tuple[str, str] | None:
    """The present address, masked, and the new one of a link that can still be confirmed."""
    pending = _pending(token)
    return (mask(pending.user.email), pending.typed or pending.address) if pending else None


def _pending(token: str) -> PendingEmail | None:
    return (
        PendingEmail.objects.select_related("user")
        .filter(
            digest=codes.fingerprint(token),
            kind=IdentifierKind.EMAIL,
            state=PendingState.PENDING,
            expires_at__gt=clock.now(),
            user__is_active=True,
        )
        .first()
    )


@dataclass(frozen=True)
class NewAddress:
    """``address`` as it was typed; ``waiting``: from when it signs in, if not at once."""

    address: str
    waiting: Waiting | None


@transaction.atomic
def confirm_email_change(*, token: str) -> NewAddress:
    """The new address is proved: it becomes the one to sign in with, at once or after a wait.

    The change belongs to the session that asked for it, whichever browser confirms.

    Raises:
        Stale: the link was used, cancelled or is too old, or the address was taken meanwhile.
        Denied: a freeze lasts.
    """
    pending = _pending(token)
    if pending is None:
        raise Stale(_("This link no longer works. Nothing was changed."))
    user = _locked(pending.user)
    freezes.check_can_change(user.pk)
    if selectors.is_taken(pending.address, by_other_than=user.pk):
        raise Stale(_("This link no longer works. Nothing was changed."))
    PendingEmail.objects.move(pending, PendingState.CONFIRMED)
    waiting = change_now_or_later(
        user=user,
        change_type=EMAIL_CHANGED,
        data={"address": pending.address, "typed": pending.typed},
        apply=apply_email,
        shown=mask(pending.address),
        session=pending.session,
    )
    return NewAddress(pending.typed or pending.address, waiting)


def apply_email(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    """
    Raises:
        Stale: the address was taken meanwhile.
    """
    address = data["address"]
    if selectors.is_taken(address, by_other_than=user.pk):
        raise Stale(_("This link no longer works. Nothing was changed."))
    old = Identifier.objects.get(user=user, kind="email", removed_at=None)
    now = clock.now()
    Identifier.objects.filter(pk=old.pk, removed_at=None).update(removed_at=now)
    try:
        with transaction.atomic():
            new = Identifier.objects.create(
                user=user,
                value=address,
                typed=data["typed"],
                bound_at=now,
                session=asked.session,
            )
            User.objects.filter(pk=user.pk).update(email=address)
    except IntegrityError as error:
        raise Stale(_("This link no longer works. Nothing was changed.")) from error
    password_links.void_all(user)
    record_change(
        user=user,
        change_type=EMAIL_CHANGED,
        details={"from_masked": mask(old.value), "to_masked": mask(new.value)},
        shown=mask(new.value),
        asked=asked,
        identifier_in=new,
        identifier_out=old,
    )


def _locked(user: User) -> User:
    """This person's row, locked until the transaction ends: two changes at once come one after the other."""
    return User.objects.select_for_update().get(pk=user.pk)


def is_current_password(user: User, password: str) -> bool:
    """Bounded for each person, since a session may be a stranger's.

    Raises:
        Throttled: too many tries.
    """
    ratelimit.spend("current_password", str(user.pk), limit=10, seconds=600)
    return passwords.is_right(password, user.password)
