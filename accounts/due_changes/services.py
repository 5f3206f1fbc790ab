"""Changes that waited because their session was risky: in force once their time has come, or cancelled."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import owner_notifications, pending_changes, policies
from accounts.authenticators import registry
from accounts.credentials import services as credentials
from accounts.credentials.labels import EMAIL_CHANGED, PASSWORD_CHANGED
from accounts.models import CredentialChange, User
from accounts.notice_address import labels as notice_labels
from accounts.notice_address import services as notice_address
from accounts.record_change import Apply, AskedBy
from accounts.recovery_contacts import labels as contact_labels
from accounts.recovery_contacts import services as recovery_contacts
from accounts.states import ChangeState
from audit.recording import record
from common import clock, encryption
from common.errors import Refusal, Stale

AT_ONCE = 100


def _makers() -> Mapping[str, Apply[object]]:
    """What makes a change of each kind, from the values that it waited with."""
    made: dict[str, Apply[object]] = {
        EMAIL_CHANGED.kind: credentials.apply_email,
        PASSWORD_CHANGED.kind: credentials.apply_password,
        notice_labels.ADDED.kind: notice_address.apply_add,
        notice_labels.REMOVED.kind: notice_address.apply_remove,
        contact_labels.ADDED.kind: recovery_contacts.apply_add,
        contact_labels.REMOVED.kind: recovery_contacts.apply_remove,
    }
    for kind in registry.KINDS:
        made |= {str(change): apply for change, apply in kind.apply.items()}
    return made


def apply_due() -> int:
    """Make every change whose time has come; returns how many took effect."""
    due = CredentialChange.objects.filter(state=ChangeState.PENDING, waits_until__lte=clock.now())
    ids = list(due.order_by("waits_until", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(_apply(pk) for pk in ids)


@transaction.atomic
def _apply(change_id: int) -> bool:
    """Make one change, where nobody was faster. What cannot be made any more is cancelled."""
    user_id = CredentialChange.objects.values_list("user", flat=True).get(pk=change_id)
    user = User.objects.select_for_update().get(pk=user_id)
    change = CredentialChange.objects.filter(pk=change_id).select_for_update().get()
    if change.state != ChangeState.PENDING or change.payload is None:
        return False
    if not user.is_active or not policies.can_change_credentials(user.pk):
        pending_changes.cancel(user.pk, stopped=policies.is_frozen_by_doubt(user.pk))
        return False
    try:
        with transaction.atomic():
            data = encryption.unseal(change.payload)
            CredentialChange.objects.move(change, ChangeState.APPLIED, payload=None, waits_until=None)
            _makers()[change.kind](user, data, AskedBy(change.session, waited=change))
    except (Refusal, encryption.Unreadable):
        change.refresh_from_db()
        _cancel(change)
        return False
    return True


@transaction.atomic
def cancel(*, user_id: int, change_id: int) -> None:
    """The owner takes a change back that still waits, in any of their sessions. Every address hears of it.

    Raises:
        Stale: it does not wait any more.
    """
    User.objects.select_for_update().get(pk=user_id)
    change = CredentialChange.objects.filter(pk=change_id, user=user_id).select_related("user").first()
    if change is None:
        raise Stale(_("This change is no longer waiting."))
    _cancel(change)


def _cancel(change: CredentialChange) -> None:
    CredentialChange.objects.move(change, ChangeState.CANCELLED, payload=None, settled_at=clock.now())
    record(
        "credential.change.cancelled",
        account=change.user_id,
        details={"what": change.kind, "change": change.pk},
    )
    owner_notifications.notify_of_cancelled_change(change)
