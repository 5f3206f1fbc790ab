"""A used recovery code is replaced at once by a fresh one (NIST SP 800-63B-4 section 4.2.1.1).

The fresh code works from the beginning. It is kept sealed until its owner says that it is written down: so
neither a page that is loaded again, nor a browser that is closed, loses it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.db.models import QuerySet

from accounts import owner_notifications
from accounts.enums import AuthenticatorKind
from accounts.limits import FRESH_CODE_PAGE
from accounts.models import Authenticator, RecoveryCode
from audit import context
from common import clock, codes, encryption

LENGTH = 16
SELECTOR = 3

_page = TimestampSigner(salt="accounts.fresh-code")


@dataclass(frozen=True)
class Fresh:
    """A code that waits to be written down. ``made_with``: since when its set is in use."""

    id: int
    code: str
    made_with: datetime


def add(bound: Authenticator) -> None:
    """Make one more code for this set, locked in the caller's transaction, in place of one just used up."""
    taken = set(RecoveryCode.objects.filter(authenticator=bound).values_list("selector", flat=True))
    code = next(one for one in iter(lambda: codes.letters(LENGTH), "") if one[:SELECTOR] not in taken)
    RecoveryCode.objects.create(
        authenticator=bound,
        selector=code[:SELECTOR],
        digest=make_password(code[SELECTOR:]),
        sealed=encryption.seal({"code": code}),
    )


def notify_of_use(bound: Authenticator) -> None:
    """The owner hears that one of their codes was used, inside the caller's transaction."""
    origin = context.current().origin
    owner_notifications.notify_of_used_code(
        bound.user, at=clock.now(), place=origin.country, browser=origin.browser
    )


def _waiting(user_id: int) -> QuerySet[RecoveryCode]:
    """Fresh codes of the set in use: what a restore took out needs no writing down."""
    return RecoveryCode.objects.filter(
        authenticator__user=user_id,
        authenticator__kind=AuthenticatorKind.RECOVERY_CODES,
        authenticator__removed_at=None,
        sealed__isnull=False,
    ).order_by("-pk")


def waiting(user_id: int) -> list[Fresh]:
    """The codes that wait to be written down, the newest first, for their owner's eyes."""
    return [_opened(row) for row in _waiting(user_id).select_related("authenticator")]


def is_waiting_in(authenticator_id: int) -> bool:
    return RecoveryCode.objects.filter(authenticator=authenticator_id, sealed__isnull=False).exists()


def _opened(row: RecoveryCode) -> Fresh:
    assert row.sealed is not None
    return Fresh(row.pk, str(encryption.unseal(row.sealed)["code"]), row.authenticator.bound_at)


def token(user_id: int) -> str:
    """What opens the page of the code that replaces the one just used, for the browser that used it.

    None for who has used a code of a set that is out of use: what waits in another set is not theirs to see.
    """
    used_last = (
        Authenticator.objects.filter(
            user=user_id, kind=AuthenticatorKind.RECOVERY_CODES, used_at__isnull=False
        )
        .order_by("-used_at")
        .first()
    )
    row = _waiting(user_id).filter(authenticator=used_last).first()
    return _page.sign(str(row.pk)) if row else ""


def by_token(text: str) -> tuple[int, Fresh] | None:
    """Whose code this token opens, and the code, while it waits."""
    try:
        pk = int(_page.unsign(text, max_age=FRESH_CODE_PAGE))
    except (BadSignature, ValueError):
        return None
    row = (
        RecoveryCode.objects.select_related("authenticator")
        .filter(pk=pk, sealed__isnull=False, authenticator__user__is_active=True)
        .first()
    )
    return (row.authenticator.user_id, _opened(row)) if row else None


@transaction.atomic
def saved(*, user_id: int, ids: list[int]) -> None:
    """Its owner has written these down: they exist in clear nowhere else any more. A second click is none."""
    RecoveryCode.objects.filter(pk__in=ids, authenticator__user=user_id).update(sealed=None)


@transaction.atomic
def hand_over(user_id: int) -> str | None:
    """The newest fresh code of the set in use, for a page that shows it itself; or None without a set."""
    bound = Authenticator.objects.select_for_update().filter(
        user=user_id, kind=AuthenticatorKind.RECOVERY_CODES, removed_at=None
    )
    in_use = bound.first()
    if in_use is None:
        return None
    if not _waiting(user_id).exists():
        add(in_use)  # the code that was used was of another set, which did not come back
    row = _waiting(user_id).select_related("authenticator")[0]
    saved(user_id=user_id, ids=[row.pk])
    return _opened(row).code
