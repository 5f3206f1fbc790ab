"""Recovery codes: making a set, checking, replacing, rejecting, bringing back. Each code counts once."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet

from accounts import policies
from accounts.authenticators import throttling
from accounts.authenticators.base import locked_among, where_used
from accounts.authenticators.recovery_codes import labels, replacement
from accounts.authenticators.recovery_codes.replacement import LENGTH, SELECTOR
from accounts.authenticators.throttling import Source
from accounts.enums import AuthenticatorKind
from accounts.freezes import services as freezes
from accounts.models import Authenticator, RecoveryCode, User
from accounts.record_change import AskedBy, Waiting, change_now_or_later, record_change
from audit import context
from audit.recording import record
from common import clock, codes

COUNT = 10


def is_code(plain: str) -> bool:
    """Does what was typed, made plain, look like one of these codes?"""
    return len(plain) == LENGTH and set(plain.translate(codes.MISREAD)) <= set(codes.ALPHABET)


@transaction.atomic
def among(ids: Collection[int], code: str, source: Source) -> Authenticator | None:
    """Which of these sets holds ``code`` unused; it is then used up. As :func:`check`."""
    return check(locked_among(ids, AuthenticatorKind.RECOVERY_CODES), code, source)


def check(rows: Sequence[Authenticator], code: str, source: Source) -> Authenticator | None:
    """Which of these sets, locked in the caller's transaction, holds ``code`` unused; it is then used up.

    Raises:
        Throttled: as for :func:`accounts.authenticators.throttling.check`.
    """
    tried, failed = throttling.check(rows, source)
    plain = codes.typed(code).translate(codes.MISREAD)
    selector, secret = plain[:SELECTOR], plain[SELECTOR:]
    candidates = RecoveryCode.objects.select_related("authenticator").filter(
        authenticator__in=tried, selector=selector, used_at=None
    )
    found = list(candidates)
    if not found:
        make_password(secret)  # the time of a hash, so that the answer does not say which part was right
    for one in found:
        if check_password(secret, one.digest) and _use_up(one):
            if one.authenticator_id in failed:
                throttling.clear(one.authenticator_id, source)
            if source != throttling.DESK:
                replacement.notify_of_use(one.authenticator)
            return one.authenticator
    throttling.add(tried, source)
    return None


def _use_up(one: RecoveryCode) -> bool:
    now = clock.now()
    if RecoveryCode.objects.filter(pk=one.pk, used_at=None).update(used_at=now, sealed=None) != 1:
        return False
    Authenticator.objects.filter(pk=one.authenticator_id).update(**where_used(), reminded_at=None)
    left = RecoveryCode.objects.filter(authenticator=one.authenticator_id, used_at=None).count()
    record("credential.recovery_code.used", account=one.authenticator.user_id, details={"left": left})
    replacement.add(one.authenticator)
    return True


@dataclass(frozen=True)
class NewCodes:
    """``codes`` in clear, to be shown once; ``waiting``: from when they work, if not at once."""

    codes: list[str]
    waiting: Waiting | None = None


@transaction.atomic
def create(*, user: User, session: UUID | None = None, tell: bool = True) -> NewCodes:
    """Make a new set and put the old one out of use. The codes exist in clear only in what this returns.

    The first set of an account never waits.

    Raises:
        Denied: sign-in details cannot be changed now.
    """
    User.objects.select_for_update().get(pk=user.pk)
    old = _current(user)
    if old is not None and RecoveryCode.objects.filter(authenticator=old, used_at=None).exists():
        freezes.check_can_change(user.pk)
    else:
        policies.check_can_enrol(user.pk)
    made = _distinct_codes()
    digests = {code[:SELECTOR]: make_password(code[SELECTOR:]) for code in made}
    data = {"digests": digests, "tell": tell}
    if old is None:
        apply_create(user, data, AskedBy(session))
        return NewCodes(made)
    waiting = change_now_or_later(
        user=user, change_type=labels.CREATED, data=data, apply=apply_create, session=session
    )
    return NewCodes(made, waiting)


def apply_create(user: User, data: Mapping[str, Any], asked: AskedBy) -> None:
    old = _current(user)
    if old is not None:
        old.removed_at = clock.now()
        old.save(update_fields=["removed_at"])
    bound = Authenticator.objects.create(
        user=user,
        kind=AuthenticatorKind.RECOVERY_CODES,
        bound_at=clock.now(),
        session=asked.session or context.current().session,
    )
    RecoveryCode.objects.bulk_create(
        RecoveryCode(authenticator=bound, selector=selector, digest=digest)
        for selector, digest in data["digests"].items()
    )
    record_change(
        user=user,
        change_type=labels.CREATED,
        details={"count": len(data["digests"])},
        asked=asked,
        authenticator_in=bound,
        authenticator_out=old,
        tell=data["tell"],
    )


def _current(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(
        user=user, kind=AuthenticatorKind.RECOVERY_CODES, removed_at=None
    ).first()


def make_first(user: User) -> list[str]:
    """The set that comes with the first authenticator: whose notice is enough."""
    return create(user=user, tell=False).codes


def _distinct_codes() -> list[str]:
    """Codes of 3 + 13 signs, no two with the same first three: 65 random bits behind each selector."""
    made: dict[str, str] = {}
    while len(made) < COUNT:
        code = codes.letters(LENGTH)
        made[code[:SELECTOR]] = code
    return list(made.values())


def reject(user: User, authenticator: Authenticator) -> None:
    """Take out a stranger's set, inside the caller's transaction; it never counts again."""
    Authenticator.objects.filter(pk=authenticator.pk, user=user).update(
        removed_at=authenticator.removed_at or clock.now(), rejected=True
    )


def bring_back(user: User, authenticator: Authenticator) -> bool:
    """Put a set back into use, inside the caller's transaction."""
    Authenticator.objects.filter(pk=authenticator.pk, user=user).update(removed_at=None)
    return True


def can_come_back(authenticator: Authenticator, others: Sequence[Authenticator]) -> bool:
    """Only the youngest set of the owner, and where none is in use: ``others`` are their sets, by age."""
    if any(row.removed_at is None for row in others):
        return False
    return authenticator.pk == others[-1].pk


def has_unused(sets: Sequence[Authenticator]) -> bool:
    return RecoveryCode.objects.filter(authenticator__in=sets, used_at=None).exists()


def left(sets: Collection[int]) -> dict[int, int]:
    """How many codes of each of these sets are unused."""
    if not sets:
        return {}
    unused = RecoveryCode.objects.filter(authenticator__in=sets, used_at=None)
    return dict.fromkeys(sets, 0) | Counter(unused.values_list("authenticator", flat=True))


def shred(sets: QuerySet[Authenticator]) -> int:
    count, _by_model = RecoveryCode.objects.filter(authenticator__in=sets).delete()
    return count
