"""The first half of signing in: the address and the password.

A stranger learns nothing: an unknown address costs the same hash, the same writes and gets the same words.
And while accounts have hashes that take longer, every refusal is answered after a whole second.
"""

import time
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F

from accounts import passwords
from accounts.credentials import leaked_passwords
from accounts.limits import MAX_FAILURES, OLD_HASH_ANSWER, PASSWORD_LOCK
from accounts.models import KnownBrowser, User
from accounts.sessions import known_browsers
from audit import context
from audit.recording import record
from common import clock, ratelimit
from common.codes import fingerprint
from common.email_addresses import normal
from common.errors import Throttled
from common.network import networks_of
from common.ratelimit import Bound


def check(*, email: str, password: str, browser: str = "") -> User | None:
    """Whose address and password these are, or None. Counts the try before it looks at anything.

    ``browser`` is the fingerprint of the browser's cookie. Where the account is known in it, tries count
    for this browser alone: whatever strangers have used up does not keep the owner out at home.

    Raises:
        Throttled: too many tries in this browser; or for this address, from this network, or in all.
    """
    began = time.monotonic()
    address = normal(email)
    known = known_browsers.of_address(browser, address)
    _spend(address, known)
    user = User.objects.filter(email=address, is_active=True).first()
    now = clock.now()
    locked = bool(known is None and user and user.password_locked_until and user.password_locked_until > now)
    if user is not None:
        right = user.check_password(password)  # makes a hash even where the password is void
    else:
        passwords.spend_time(password)  # for a stranger's address too
        right = False
    if user is None or not right or locked:
        _count_failure(user, known, locked=locked)
        _wait_as_for_an_old_hash(began, password)
        return None
    if known is not None:
        known_browsers.password_was_right(known)
    elif user.failed_passwords:
        User.objects.filter(pk=user.pk).update(failed_passwords=0, password_locked_until=None)
    leaked_passwords.look_up(user, password)
    return user


def spend_network() -> None:
    """Count a sign-in that names no address, together with those that do.

    Raises:
        Throttled: too many tries from this network, or in all.
    """
    _spend_each(_from_here(networks_of(context.current().origin.address)))


def _wait_as_for_an_old_hash(began: float, password: str) -> None:
    """An imported hash takes up to ten times as long to check as ours: the answer must not tell whose is one.

    Where any account has such a hash, refusals come after one second (two where the password has two
    spellings, and so two hashes), or after the next whole one. Nothing is asked or waited for that depends on
    the account.
    """
    if not User.objects.filter(passwords.OLD).exists():
        return
    unit = OLD_HASH_ANSWER.total_seconds() * len(passwords.spellings(password))
    passed = time.monotonic() - began
    clock.wait(-passed % unit)


def _spend(address: str, known: KnownBrowser | None) -> None:
    _spend_each([_in_browser(known)] if known else _by_strangers(fingerprint(address)))


def _spend_each(bounds: list[Bound]) -> None:
    try:
        ratelimit.spend_each(*bounds)
    except Throttled as refusal:
        if refusal.is_first:
            record("sign_in.refused", outcome="denied", details={"reason": "too_many_tries"})
        raise


def _in_browser(known: KnownBrowser) -> Bound:
    return Bound("sign_in_browser", str(known.pk), limit=10, seconds=600)


def _from_here(networks: Iterable[str]) -> list[Bound]:
    return [
        Bound("sign_in_all", "all", limit=3000, seconds=60, shared=True),
        *(Bound("sign_in_network", network, limit=100, seconds=600, shared=True) for network in networks),
    ]


def _by_strangers(address: str) -> list[Bound]:
    """Shared with others: from none of these can a stranger tell whether the owner has tried."""
    networks = networks_of(context.current().origin.address)
    return [
        *_from_here(networks),
        *(
            Bound("sign_in_pair", f"{address}:{network}", limit=10, seconds=600, shared=True)
            for network in networks[:1]
        ),
        Bound("sign_in_address", address, limit=60, seconds=3600, shared=True),
    ]


@transaction.atomic
def _count_failure(user: User | None, known: KnownBrowser | None, *, locked: bool) -> None:
    """The same statements for a known and an unknown address: an UPDATE, which may find nobody, an event."""
    pk = user.pk if user else None
    if known is not None:
        known_browsers.password_was_wrong(known)
    else:
        User.objects.filter(pk=pk if pk is not None else -1).update(
            failed_passwords=F("failed_passwords") + 1
        )
        if user is not None and user.failed_passwords + 1 >= MAX_FAILURES and not locked:
            User.objects.filter(pk=user.pk).update(password_locked_until=clock.now() + PASSWORD_LOCK)
    record(
        "sign_in.failed",
        account=pk,
        outcome="failed",
        details={"factor": "password", "reason": "locked" if locked else "wrong"},
    )
