"""One further address that hears what happens to the account, and never signs in (63B-4 section 4.6).

It may be the mailbox of somebody whom the owner trusts, and of several accounts. So nothing is asked of it
but to confirm that it wants the notices, and what the page answers does not depend on whose it is.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications, pending_emails, selectors
from accounts.enums import IdentifierKind
from accounts.freezes import services as freezes
from accounts.limits import EMAIL_CHANGE_HOURS, MAILS_AN_HOUR
from accounts.models import CredentialChange, Identifier, PendingEmail, User
from accounts.notice_address.labels import ADDED, REMOVED
from accounts.record_change import record_change
from accounts.states import PendingState
from audit import context
from audit.recording import record
from common import clock, codes, ratelimit
from common.email_addresses import mask, normal, tidy
from common.errors import Denied, Stale
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
    pending_emails.cancel(user.pk, kind=IdentifierKind.NOTICE)
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
    pending_emails.cancel(user.pk, kind=IdentifierKind.NOTICE)


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


@transaction.atomic
def confirm(*, token: str) -> str:
    """The mailbox is proved: from now on it hears of everything. Returns the address as it was typed.

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
    add(
        user=user,
        address=pending.address,
        typed=pending.typed,
        session=pending.session,
        asked_from=pending.asked_from,
    )
    return pending.typed or pending.address


def add(
    *, user: User, address: str, typed: str, session: UUID | None, asked_from: Mapping[str, str | None]
) -> CredentialChange:
    """The change itself, inside the caller's transaction, which holds the person's row.

    It belongs to who asked: where the mailbox was read says nothing about them.
    """
    old = Identifier.objects.filter(user=user, kind=IdentifierKind.NOTICE, removed_at=None).first()
    now = clock.now()
    if old is not None:
        Identifier.objects.filter(pk=old.pk).update(removed_at=now)
        old.removed_at = now
    new = Identifier.objects.create(
        user=user, kind=IdentifierKind.NOTICE, value=address, typed=typed, bound_at=now, session=session
    )
    change = record_change(
        user=user,
        change_type=ADDED,
        details={"to_masked": mask(address)},
        shown=mask(address),
        session=session,
        identifier_in=new,
        identifier_out=old,
    )
    CredentialChange.objects.filter(pk=change.pk).update(**asked_from)
    return change


@transaction.atomic
def remove(*, user: User, session: UUID) -> None:
    """
    Raises:
        Denied: a freeze lasts.
        Stale: there is none any more.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    freezes.check_can_change(user.pk)
    if selectors.notice_address(user.pk) is None:
        raise Stale(_("This address has already been removed."))
    take_out(user=user, session=session)


def take_out(*, user: User, session: UUID | None) -> CredentialChange:
    """The change itself, inside the caller's transaction, which holds the person's row."""
    old = Identifier.objects.get(user=user, kind=IdentifierKind.NOTICE, removed_at=None)
    old.removed_at = clock.now()
    old.save(update_fields=["removed_at"])
    return record_change(
        user=user,
        change_type=REMOVED,
        details={"from_masked": mask(old.value)},
        shown=mask(old.value),
        session=session,
        identifier_out=old,
    )
