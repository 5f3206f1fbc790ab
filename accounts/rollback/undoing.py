"""What a restore moves: the address, the authenticators, the password and the browsers that are known."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import mails, owner_notifications, pending_changes
from accounts.authenticators import registry
from accounts.credentials import former_passwords
from accounts.limits import FAMILIAR_AFTER
from accounts.models import CredentialChange, Identifier, KnownBrowser, Session
from accounts.rollback import companions
from accounts.rollback.finding import Found
from accounts.states import ChangeState
from common import clock
from common.errors import Denied


def undo(found: Found, now: datetime, *, tell: bool) -> int:
    """All of it, inside the caller's transaction. Returns how many addresses were taken out."""
    removed = _put_address_back(found, now, tell=tell)
    _put_factors_back(found)
    companions.undo(found.user, found.companions, now, tell=tell)
    _settle(found, now)
    _void_password(found)
    _forget_browsers(found)
    return removed


def _void_password(found: Found) -> None:
    user = found.user
    if not found.keeps_password:
        former_passwords.remember(user)
        user.set_unusable_password()
        user.password_epoch += 1
    user.failed_passwords, user.password_locked_until = 0, None
    user.save(
        update_fields=["email", "password", "password_epoch", "failed_passwords", "password_locked_until"]
    )


def _forget_browsers(found: Found) -> None:
    """The browsers of doubtful sessions and changes, and whatever was not known for some days."""
    devices = {one.change.trace.device for one in found.doubt.changes}
    doubtful = Session.objects.filter(user=found.user, pk__in=list(found.doubt.sessions))
    devices |= set(doubtful.values_list("device", flat=True))
    young = Q(first_seen_at__gt=clock.now() - FAMILIAR_AFTER)
    KnownBrowser.objects.filter(young | Q(digest__in=devices - {""}), user=found.user).delete()


def _put_address_back(found: Found, now: datetime, *, tell: bool) -> int:
    """The owner's address signs in again; those of doubtful changes are rejected for good."""
    if found.email_differs and found.email_then:
        owner = Identifier.objects.filter(kind="email", value=found.email_then.value, removed_at=None)
        if owner.exclude(user=found.user).exists():
            raise Denied(_("The previous e-mail address now belongs to another account."))
        if found.email_now is not None:
            Identifier.objects.filter(pk=found.email_now.pk).update(removed_at=now)
        Identifier.objects.filter(pk=found.email_then.pk).update(removed_at=None)
        found.user.email = found.email_then.value
    count = 0
    for row in found.bound:
        if found.email_then is None and row.removed_at is None:
            continue
        Identifier.objects.filter(pk=row.pk).update(removed_at=row.removed_at or now, rejected=True)
        count += 1
        if tell:
            mails.address_removed(owner_notifications.recipient(found.user, row.value))
    return count


def _put_factors_back(found: Found) -> None:
    for row in [*found.factors_out, *found.lost]:
        registry.by_kind(row.kind).reject(found.user, row)
    for row in found.factors_back:
        registry.by_kind(row.kind).bring_back(found.user, row)


def _settle(found: Found, now: datetime) -> None:
    pending_changes.cancel(found.user.pk, stopped=True)
    for change in found.changes:
        CredentialChange.objects.move(change, ChangeState.UNDONE, settled_at=now)
