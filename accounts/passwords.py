"""Passwords in one normal form: NFC, so that a desk and a phone spell ``が`` alike (63B-4 section 3.1.1.2).

Before they were kept in it, they were kept as they were typed. So what was typed is tried too, where the two
differ: two hashes then, and as many for an address that nobody has.
"""

import unicodedata

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Q

# How a hash begins that the first hasher makes (``accounts.credentials.hashers.Argon2id``).
CURRENT = "argon2$argon2id$v=19$m=19456,t=2,p=1$"
# Rows with another hash: imported, or of other parameters. Those without a password have none.
OLD = ~Q(password__startswith=CURRENT) & ~Q(password__startswith="!")  # noqa: S106 - how hashes begin


def normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def spellings(password: str) -> tuple[str, ...]:
    """What may have been kept for ``password``: its normal form and, where it differs, what was typed."""
    return (normal(password),) if unicodedata.is_normalized("NFC", password) else (normal(password), password)


def is_right(password: str, kept: str) -> bool:
    """Is ``kept`` the hash of this password?"""
    return any(check_password(spelling, kept) for spelling in spellings(password))


def spend_time(password: str) -> None:
    """As many hashes as a wrong password costs somebody who has one."""
    for spelling in spellings(password):
        make_password(spelling)
