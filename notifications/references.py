"""The reference at the end of each mail: whoever got the mail can ask by it whether the mail is ours.

It is made from the mail's Message-ID with ``SECRET_KEY``, so that a mail sent again carries the same one and
none has to be kept: its row holds a keyed hash to look it up by. Who reads the database can neither write
a reference nor find out one that was sent.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

from common import codes

LENGTH = 12
"""60 bits: nobody guesses one within the bounds of the page that checks it."""


def of(message_id: str) -> str:
    """``K7QM-3XFD-9T2W``: twelve letters and digits that are not mistaken for each other."""
    drawn = salted_hmac("notifications.reference", message_id, algorithm="sha256").digest()[:LENGTH]
    plain = "".join(codes.ALPHABET[byte % 32] for byte in drawn)
    return codes.hyphenated(plain)


def lookup_key(reference: str) -> str:
    """What a row keeps of its reference."""
    return _lookup_key(_plain(reference), settings.SECRET_KEY)


def lookup_keys(typed: str) -> list[str]:
    """What the row keeps whose reference somebody has typed, also where ``SECRET_KEY`` has changed since."""
    plain = _plain(typed)
    return [_lookup_key(plain, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _plain(typed: str) -> str:
    return codes.typed(typed).translate(codes.MISREAD)


def _lookup_key(plain: str, key: str) -> str:
    digest = salted_hmac("notifications.reference.lookup", plain, secret=key, algorithm="sha256")
    return digest.hexdigest()
