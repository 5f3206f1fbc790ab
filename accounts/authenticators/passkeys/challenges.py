"""The challenges that wait in a browser's session, each for one ceremony."""

from datetime import timedelta
from typing import Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.authenticators.passkeys import ceremonies
from common import clock, codes
from common.errors import Denied

Use = Literal["create", "show"]
LIFE = timedelta(minutes=10)
# As many tabs may ask at a time; a further one puts the oldest out of use.
MAX_WAITING = 5
_MICROSECOND = timedelta(microseconds=1)


def keep(request: HttpRequest, use: Use, challenge: str) -> None:
    """Let a challenge wait in this session."""
    waiting = _waiting(request, use)[1 - MAX_WAITING :] + [(challenge, _now())]
    request.session[_slot(use)] = waiting


def taken(request: HttpRequest, typed: str, use: Use = "show") -> str:
    """What was shown, sealed with the challenge that this session held for it, which is then used up.

    Raises:
        Denied: the session holds no such challenge, or it is too old.
    """
    credential = ceremonies.read(typed)
    claimed = ceremonies.challenge_of(credential) if credential else ""
    waiting = _waiting(request, use)
    found = next((one for one in waiting if codes.same(one[0], claimed)), None)
    if found is not None:
        request.session[_slot(use)] = [one for one in waiting if one != found]
    if credential is None or found is None or _now() - found[1] > LIFE // _MICROSECOND:
        raise Denied(_("That took too long. Try again."))
    return ceremonies.sealed(credential, *found)


def _slot(use: Use) -> str:
    return f"challenges_{use}"


def _waiting(request: HttpRequest, use: Use) -> list[tuple[str, int]]:
    return [(str(challenge), int(made_at)) for challenge, made_at in request.session.get(_slot(use), [])]


def _now() -> int:
    return int(clock.now().timestamp() * 1_000_000)
