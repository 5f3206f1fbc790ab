"""Is a password known from a leak? Asked of a service that learns five digits of its SHA-1 and no more.

The service (``LEAKED_PASSWORDS_URL``; empty: nobody is asked) answers with the rest of every hash that
begins so, padded to a size that says nothing (k-anonymity, as *Have I Been Pwned* offers it). An outage stops
nobody: the password passes, an event says so once in a while, and for a minute nobody is asked.

Asked only inline, where the password is at hand: when one is chosen, and when one was right at a sign-in. A
task would have to be given the password, or its hash, and a broker would hold it.
"""

import hashlib
import http.client
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from audit.recording import record
from common import clock, ratelimit
from common.ratelimit import Bound

HASH, PREFIX = 40, 5
TIMEOUT = 1.5
PAUSE = 60
MAX_ANSWER = 512 * 1024
TELL_EVERY = 600

_silent_until = 0.0


class _Unavailable(Exception):
    """The service did not answer in time, or not as agreed."""


def is_leaked(password: str) -> bool:
    """Does the service know the password? False where nobody is asked, or nobody answers."""
    global _silent_until
    if not settings.LEAKED_PASSWORDS_URL or time.monotonic() < _silent_until:
        return False
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    try:
        return _knows(digest[:PREFIX], digest[PREFIX:])
    except (_Unavailable, OSError, http.client.HTTPException, ValueError):
        _silent_until = time.monotonic() + PAUSE
        if not ratelimit.is_over(Bound("leak_check_failed", "all", limit=1, seconds=TELL_EVERY)):
            record("leak_check.failed", outcome="failed")
        return False


def look_up(user: User, password: str) -> None:
    """The password was right at a sign-in: remember it if a leak has it, so that the check-up says so."""
    if not is_leaked(password):
        return
    found = User.objects.filter(pk=user.pk, password_epoch=user.password_epoch, password_leaked_at=None)
    if found.update(password_leaked_at=clock.now()):
        record("password.found_leaked", account=user.pk)


def reason() -> str:
    return _(
        "This password has appeared in a leak from another site, so others may try it. "
        "Choose a different one."
    )


def _knows(prefix: str, rest: str) -> bool:
    address = urlsplit(settings.LEAKED_PASSWORDS_URL)
    over = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = over(address.hostname or "", address.port, timeout=TIMEOUT)
    until = time.monotonic() + TIMEOUT
    try:
        path = f"{address.path.rstrip('/')}/{prefix}"
        connection.request("GET", path, headers={"Add-Padding": "true", "User-Agent": settings.SITE_NAME})
        answer = connection.getresponse()
        if answer.status != 200:
            raise _Unavailable
        text = b""
        while part := answer.read1(64 * 1024):
            text += part
            if time.monotonic() > until or len(text) > MAX_ANSWER:
                raise _Unavailable
    finally:
        connection.close()
    # Padding has a count of 0.
    return any(
        suffix == rest and count > 0 for suffix, count in map(_line, text.decode("ascii").splitlines())
    )


def _line(text: str) -> tuple[str, int]:
    suffix, _colon, count = text.strip().partition(":")
    if len(suffix) != HASH - PREFIX:
        raise _Unavailable
    return suffix.upper(), int(count)
