"""Sealing: secrets that undo needs are kept encrypted with keys from the settings.

``SEALING_KEYS`` holds Fernet keys, the newest first: the first seals, all of them open, so that a key
can be replaced without losing what the old one sealed.
"""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """The sealed value was made with a key that is not in ``SEALING_KEYS`` any more, or was changed."""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SEALING_KEYS])


def seal(values: dict[str, Any]) -> bytes:
    """Encrypt a JSON-serialisable dictionary."""
    return _box().encrypt(json.dumps(values, ensure_ascii=False).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, Any]:
    """Open what :func:`seal` made.

    Raises:
        Unreadable: no key of the settings opens it.
    """
    try:
        opened: dict[str, Any] = json.loads(_box().decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise Unreadable from error
    return opened
