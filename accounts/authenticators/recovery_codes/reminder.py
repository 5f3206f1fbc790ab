"""Saved codes are of use only while their owner still has them: once a year they are asked to look."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from accounts import links, mails, owner_notifications
from accounts.authenticators.base import BoundAuthenticator
from accounts.authenticators.recovery_codes import labels, replacement
from accounts.enums import AuthenticatorKind
from accounts.limits import CODES_UNTOUCHED
from accounts.models import Authenticator
from accounts.words import CheckUpItem
from audit.recording import record
from common import clock

FEW = 3


def _untouched() -> QuerySet[Authenticator]:
    """Sets in use that were made, used or looked at a year ago or earlier."""
    return Authenticator.objects.annotate(
        touched_at=Greatest("bound_at", "used_at", "checked_at")  # PostgreSQL leaves out what is null
    ).filter(
        kind=AuthenticatorKind.RECOVERY_CODES,
        removed_at=None,
        user__is_active=True,
        touched_at__lte=clock.now() - CODES_UNTOUCHED,
    )


def remind() -> int:
    """Mail their owners, once for each year. Returns how many. Run twice at once, each is mailed once."""
    mailed = 0
    for pk in list(_untouched().filter(_not_reminded()).values_list("pk", flat=True)):
        mailed += _remind(pk)
    return mailed


def _not_reminded() -> Q:
    return Q(reminded_at=None) | Q(reminded_at__lte=clock.now() - CODES_UNTOUCHED)


@transaction.atomic
def _remind(pk: int) -> int:
    now = clock.now()
    waiting = Authenticator.objects.filter(_not_reminded(), pk=pk, removed_at=None)
    if not waiting.update(reminded_at=now):
        return 0  # another run was faster
    bound = Authenticator.objects.select_related("user").get(pk=pk)
    mails.spare_codes_check(
        owner_notifications.recipient(bound.user, bound.user.email),
        since=last_touched(bound.bound_at, bound.used_at, bound.checked_at),
        link=links.absolute("accounts:check_codes"),
    )
    record("credential.recovery_codes.reminded", account=bound.user_id)
    return 1


@transaction.atomic
def still_there(*, user_id: int) -> None:
    """*I still have them*: nobody is asked again for a year."""
    sets = Authenticator.objects.filter(user=user_id, kind=AuthenticatorKind.RECOVERY_CODES, removed_at=None)
    if sets.update(checked_at=clock.now(), reminded_at=None):
        record("credential.recovery_codes.checked", account=user_id)


def last_touched(*moments: datetime | None) -> datetime:
    return max(moment for moment in moments if moment is not None)


def is_due(one: BoundAuthenticator) -> bool:
    touched = last_touched(one.bound_at, one.used_at, one.checked_at)
    return touched <= clock.now() - CODES_UNTOUCHED


def advice(sets: Sequence[BoundAuthenticator]) -> CheckUpItem:
    """The line of the check-up: a code to write down first, then too few, then a look once a year."""
    left = labels.left(sets)
    if any(replacement.is_waiting_in(one.id) for one in sets):
        return CheckUpItem(
            _("Write down your new recovery code"),
            _("One of your codes was used, and a new one replaces it."),
            reverse_lazy("accounts:fresh_codes"),
            _("Show the new code"),
        )
    if left <= FEW:
        return CheckUpItem(
            _("Create new recovery codes"),
            _("Unused codes: %(count)d. They let you sign in if you lose your phone.") % {"count": left},
            reverse_lazy("accounts:recovery_codes"),
            _("Create new codes"),
        )
    if any(is_due(one) for one in sets):
        return CheckUpItem(
            _("Check that you still have your recovery codes"),
            _("You haven’t used or checked them for a year. Look whether they’re still where you put them."),
            reverse_lazy("accounts:check_codes"),
            _("Check"),
        )
    return CheckUpItem(_("You have recovery codes"), _("Unused codes: %(count)d") % {"count": left})
