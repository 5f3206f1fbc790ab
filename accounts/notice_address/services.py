"""One further address that hears what happens to the account, and never signs in (63B-4 section 4.6).

It may be the mailbox of somebody whom the owner trusts, and of several accounts. So nothing is asked of it
but to confirm that it wants the notices, and what the page answers does not depend on whose it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications, pending_changes
from accounts.enums import IdentifierKind
from accounts.freezes import services as freezes
from accounts.limits import EMAIL_CHANGE_HOURS, MAILS_AN_HOUR
from accounts.models import Identifier, PendingEmail, User
from accounts.notice_address.labels import ADDED, REMOVED
from accounts.record_change import AskedBy, Waiting, change_now_or_later, record_change
from accounts.states import PendingState
from audit import context
from audit.context import Context
from audit.recording import record
from common import clock, codes, ratelimit
from common.email_addresses import mask, normal, tidy
from common.errors import Denied, Stale
from common.network import Origin
from common.ratelimit import Bound


@transaction.atomic
def request(*, user: User, address: str, session: UUID) -> None:
    """Mail a link to the address; nothing changes before it is confirmed there.

    Raises:
        Denied: a freeze lasts, or the account has this address already.
        Throttled: too many tries.
    """
    new = normal(address)
    user = User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    if Identifier.objects.filter(user=user, value=new, removed_at=None).exists():
        raise Denied(_("Notices already go to this address. Enter a different one."))
    ratelimit.spend("notice_address", str(user.pk), limit=5, seconds=3600)
    pending_changes.cancel_address(user.pk, IdentifierKind.NOTICE)
    now, token = clock.now(), codes.token()
    PendingEmail.objects.create(
        user=user,
        kind=IdentifierKind.NOTICE,
        address=new,
        typed=tidy(address),
        digest=codes.fingerprint(token),
        session=session,
        asked_from=_here(),
        made_at=now,
        expires_at=now + timedelta(hours=EMAIL_CHANGE_HOURS),
    )
    record("credential.notice_address.requested", account=user.pk, details={"to_masked": mask(new)})
    # However many accounts name it, a stranger's mailbox is not flooded; and nobody is told so.
    if not ratelimit.is_over(Bound("notice_mails", codes.fingerprint(new), MAILS_AN_HOUR, seconds=3600)):
        mails.notice_address_confirm(
            owner_notifications.recipient(user, new),
            owner_masked=mask(user.email),
            link=links.absolute("accounts:notice_link", token),
            valid_hours=EMAIL_CHANGE_HOURS,
        )


def _here() -> dict[str, str | None]:
    """Where the request comes from, as a change keeps it."""
    here = context.current()
    return {
        "address": here.origin.address,
        "country": here.origin.country[:2],
        "browser": here.origin.browser[:120],
        "device": here.device,
    }


@transaction.atomic
def cancel(*, user: User) -> None:
    User.objects.select_for_update().get(pk=user.pk)
    pending_changes.cancel_address(user.pk, IdentifierKind.NOTICE)


def pending_of(token: str) -> tuple[str, str] | None:
    """The account's address, masked, and the new one, of a link that can still be confirmed."""
    pending = _pending(token)
    return (mask(pending.user.email), pending.typed or pending.address) if pending else None


def _pending(token: str) -> PendingEmail | None:
    waiting = PendingEmail.objects.select_related("user").filter(
        digest=codes.fingerprint(token),
        kind=IdentifierKind.NOTICE,
        state=PendingState.PENDING,
        expires_at__gt=clock.now(),
        user__is_active=True,
    )
    return waiting.first()


@dataclass(frozen=True)
class Confirmed:
    """``address`` as it was typed; ``waiting``: from when it hears of everything, if not at once."""

    address: str
    waiting: Waiting | None


@transaction.atomic
def confirm(*, token: str) -> Confirmed:
    """The mailbox is proved: from now on, or after a wait, it hears of everything.

    The change belongs to who asked for it, and comes from where they asked: where the mailbox was read says
    nothing about them.

    Raises:
        Stale: the link was used, cancelled or is too old.
        Denied: a freeze lasts.
    """
    pending = _pending(token)
    if pending is None:
        raise Stale(_("This link no longer works. Nothing was changed."))
    user = User.objects.select_for_update().get(pk=pending.user_id)
    freezes.check_can_change(user.pk)
    PendingEmail.objects.move(pending, PendingState.CONFIRMED)
    masked = mask(pending.address)
    record("credential.notice_address.confirmed", account=user.pk, details={"to_masked": masked})
    with context.use(_asked_from(pending)):
        waiting = change_now_or_later(
            user=user,
            change_type=ADDED,
            data={"address": pending.address, "typed": pending.typed},
            apply=apply_add,
            shown=masked,
            session=pending.session,
        )
    return Confirmed(pending.typed or pending.address, waiting)


def _asked_from(pending: PendingEmail) -> Context:
    asked = pending.asked_from
    origin = Origin(asked.get("address"), asked.get("country", ""), asked.get("browser", ""))
    return replace(context.current(), origin=origin, device=asked.get("device", ""), session=pending.session)


def apply_add(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    """The change itself, inside the caller's transaction, which holds the person's row."""
    old, now, address = _present(user), clock.now(), data["address"]
    if old is not None:
        Identifier.objects.filter(pk=old.pk).update(removed_at=now)
        old.removed_at = now
    new = Identifier.objects.create(
        user=user,
        kind=IdentifierKind.NOTICE,
        value=address,
        typed=data["typed"],
        bound_at=now,
        session=asked.session,
    )
    record_change(
        user=user,
        change_type=ADDED,
        details={"to_masked": mask(address)},
        shown=mask(address),
        asked=asked,
        identifier_in=new,
        identifier_out=old,
    )


def _present(user: User) -> Identifier | None:
    return Identifier.objects.filter(user=user, kind=IdentifierKind.NOTICE, removed_at=None).first()


@transaction.atomic
def remove(*, user: User, session: UUID) -> Waiting | None:
    """
    Raises:
        Denied: a freeze lasts.
        Stale: there is none any more.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    present = _present(user)
    if present is None:
        raise _is_gone()
    return change_now_or_later(
        user=user,
        change_type=REMOVED,
        data={"address": present.pk},
        apply=apply_remove,
        shown=mask(present.value),
        session=session,
    )


def apply_remove(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    """The change itself, inside the caller's transaction, which holds the person's row.

    Raises:
        Stale: another one is in its place by now.
    """
    old = _present(user)
    if old is None or old.pk != data["address"]:
        raise _is_gone()
    old.removed_at = clock.now()
    old.save(update_fields=["removed_at"])
    record_change(
        user=user,
        change_type=REMOVED,
        details={"from_masked": mask(old.value)},
        shown=mask(old.value),
        asked=asked,
        identifier_out=old,
    )


def _is_gone() -> Stale:
    return Stale(_("This address has already been removed."))
