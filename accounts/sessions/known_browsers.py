"""Browsers in which people have signed in: remembered at a sign-in, forgotten when they fail too often."""

from django.db.models import F, QuerySet

from accounts.limits import FAMILIAR_AFTER, MAX_FAILURES
from accounts.models import KnownBrowser, User
from common import clock


def of_address(digest: str, address: str) -> KnownBrowser | None:
    """This browser, if the account with this sign-in address is known in it.

    It is asked for in the same way whether or not there is such an account.
    """
    if not digest:
        return None
    return KnownBrowser.objects.filter(digest=digest, user__email=address).first()


def of_user(digest: str, user: User) -> KnownBrowser | None:
    return KnownBrowser.objects.filter(digest=digest, user=user).first() if digest else None


def is_familiar(digest: str, address: str) -> bool:
    """Has the account with this present or former address been known here for longer than a takeover lasts?

    For a browser without a cookie nothing is looked up; with one, it tells nobody more than they know.
    """
    return bool(digest) and _familiar(digest).filter(
        user__identifiers__value=address, user__identifiers__rejected=False
    ).exists()  # fmt: skip


def is_familiar_to(digest: str, user_id: int) -> bool:
    """As :func:`is_familiar`, for an account."""
    return bool(digest) and _familiar(digest).filter(user=user_id).exists()


def is_familiar_to_somebody(digest: str) -> bool:
    """Has anybody's account been known here for that long? For pages that ask for no address."""
    return bool(digest) and _familiar(digest).exists()


def _familiar(digest: str) -> QuerySet[KnownBrowser]:
    return KnownBrowser.objects.filter(digest=digest, first_seen_at__lte=clock.now() - FAMILIAR_AFTER)


def remember(*, user: User, digest: str) -> None:
    """The person has signed in here with both factors."""
    now = clock.now()
    known = KnownBrowser(user=user, digest=digest, first_seen_at=now, last_seen_at=now)
    KnownBrowser.objects.bulk_create(
        [known], update_conflicts=True, unique_fields=["digest", "user"], update_fields=["last_seen_at"]
    )


def password_was_wrong(known: KnownBrowser) -> None:
    """After too many failures in a row the browser is known no longer (NIST SP 800-63B-4 section 3.2.2)."""
    KnownBrowser.objects.filter(pk=known.pk).update(failures=F("failures") + 1)
    KnownBrowser.objects.filter(pk=known.pk, failures__gte=MAX_FAILURES).delete()


def password_was_right(known: KnownBrowser) -> None:
    if known.failures:
        KnownBrowser.objects.filter(pk=known.pk).update(failures=0)
