"""Codes and tokens, all from the system's random generator, and one comparison for all of them."""

import hashlib
import secrets
import unicodedata

# Crockford's base 32: no I, L, O, U, so that a code survives being read aloud or copied by hand.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MISREAD = str.maketrans({"i": "1", "l": "1", "o": "0"})


def digits(count: int) -> str:
    """``count`` random decimal digits, leading zeros included."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def letters(count: int) -> str:
    """``count`` random characters of :data:`ALPHABET`, 5 bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def token() -> str:
    """A 256-bit capability, safe in a URL."""
    return secrets.token_urlsafe(32)


def fingerprint(value: str) -> str:
    """What we keep of a :func:`token`: its SHA-256 in hex. Only for values of 112 bits and more."""
    return hashlib.sha256(value.encode()).hexdigest()


def typed(value: str) -> str:
    """A code as a person typed it, made plain: digits of any script, blanks, hyphens, capitals."""
    plain = unicodedata.normalize("NFKC", value).lower()
    return "".join(str(unicodedata.decimal(char, char)) for char in plain if char.isalnum())


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return secrets.compare_digest(one.encode(), other.encode())


def grouped(value: str, size: int = 3) -> str:
    """``482913`` as ``482 913``: how a code is shown."""
    return " ".join(value[at : at + size] for at in range(0, len(value), size))


def hyphenated(value: str) -> str:
    """``k7qm3xfd`` as ``K7QM-3XFD``: how a code of letters and digits stands in a mail."""
    return grouped(value.upper(), 4).replace(" ", "-")
