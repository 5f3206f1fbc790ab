"""What is allowed. Each rule as a pair: ``check_...`` raises with a sentence fit to show, the other tells."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.enums import FreezeReason
from accounts.limits import FREE_FAILURES, MAX_FAILURES, MAX_WAIT, UNDO_PERIOD
from accounts.models import CredentialChange, Freeze, Session
from common import clock
from common.errors import Denied, refusal_of

DOUBTFUL = (FreezeReason.CALL, FreezeReason.OBJECTION)


class Doubted(Denied):
    """A doubt freezes the account. Who holds something older can settle it: the refusal leads there."""


def check_can_change_credentials(user_id: int) -> None:
    """Sign-in details stay as they are while any freeze lasts.

    Raises:
        Doubted: a call, an objection or a disowned sign-in freezes them.
        Denied: the account was restored a short time ago.
    """
    reasons = set(Freeze.objects.active().filter(user=user_id).values_list("reason", flat=True))
    if reasons & set(DOUBTFUL):
        raise Doubted(
            _(
                "You can’t change your sign-in details right now. This account is protected "
                "because some recent changes may have been made by someone else. If they were "
                "yours, confirm them."
            )
        )
    if FreezeReason.DISOWNED in reasons:
        raise Doubted(
            _(
                "You can’t change your sign-in details right now. This account is protected "
                "because someone reported a sign-in that wasn’t theirs. If it was yours, confirm it."
            )
        )
    if reasons:
        raise Denied(
            _(
                "This account was restored recently, so its sign-in details can’t be changed "
                "for 72 hours. If you need a change now, ask us for a call."
            )
        )


def can_change_credentials(user_id: int) -> bool:
    return not refusal_of(check_can_change_credentials, user_id)


def check_can_enrol(user_id: int) -> None:
    """An account without any second factor may get its first one, even during the hold after a restore."""
    if is_frozen_by_doubt(user_id):
        check_can_change_credentials(user_id)


def is_frozen_by_doubt(user_id: int) -> bool:
    """Does a call or an objection freeze the account now?

    Neither a hold after a restore nor a disowned sign-in says anything against what is bound.
    """
    return Freeze.objects.active().filter(user=user_id, reason__in=DOUBTFUL).exists()


def is_used_up(failures: int) -> bool:
    return failures >= MAX_FAILURES


def waits_until(failures: int, failed_at: datetime) -> datetime | None:
    """From when on the next try may come after so many failures in a row; None: at once."""
    if failures < FREE_FAILURES:
        return None
    return failed_at + min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 20)), MAX_WAIT)


def check_can_object(change: CredentialChange) -> None:
    if change.at + UNDO_PERIOD < clock.now():
        raise Denied(
            _("This link is older than 30 days. If something is wrong with your account, ask us for a call.")
        )


def can_object(change: CredentialChange) -> bool:
    return not refusal_of(check_can_object, change)


def check_can_disown(session: Session) -> None:
    if session.started_at + UNDO_PERIOD < clock.now():
        raise Denied(
            _("This link is older than 30 days. If something is wrong with your account, ask us for a call.")
        )


def can_disown(session: Session) -> bool:
    return not refusal_of(check_can_disown, session)
