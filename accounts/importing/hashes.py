"""Hashes of passwords as other systems export them, brought to a form that a hasher of ours checks.

The password is nobody's to see: what cannot be checked is refused, and so is what would take so long, or so
much memory, that a sign-in with it would be felt by others. The forms: ``docs/how-to/import-accounts.md``.
"""

import base64
import binascii
import re
from collections.abc import Callable

import argon2
from argon2.exceptions import InvalidHashError

from accounts.credentials.hashers import (
    BinaryPBKDF2SHA1,
    BinaryPBKDF2SHA256,
    BinaryPBKDF2SHA512,
    BinaryScrypt,
    Kept,
)

MAX_LENGTH = 255
# Each is about half a second's work here; ``accounts.limits.OLD_HASH_ANSWER`` has room for it.
MAX_BCRYPT_COST = 13
MAX_ITERATIONS = 1_200_000
MAX_SCRYPT = 2**20
MAX_SCRYPT_MEMORY = 192 * 1024 * 1024
MAX_ARGON2_MEMORY = 256 * 1024
MAX_ARGON2 = 768 * 1024

_BINARY_PBKDF2: dict[str, type[BinaryPBKDF2SHA1]] = {
    "sha1": BinaryPBKDF2SHA1,
    "sha256": BinaryPBKDF2SHA256,
    "sha512": BinaryPBKDF2SHA512,
}
_BCRYPT = r"\$2[aby]\$(?P<cost>\d\d)\$(?P<rest>[./A-Za-z0-9]{53})"
_B64 = r"[A-Za-z0-9+/]+={0,2}"
# passlib leaves "=" out and writes "." for "+".
_AB64 = r"[A-Za-z0-9./+]+"


class Unusable(ValueError):
    """This hash is not taken over; the text says why."""


def adopt(exported: str) -> str:
    """The hash in a form that one of ``PASSWORD_HASHERS`` checks.

    Raises:
        Unusable: it is in no form that we know, is damaged, or takes too long to check.
    """
    for form, take in _FORMS:
        found = form.fullmatch(exported)
        if found:
            made = take(found)
            if len(made) > MAX_LENGTH:
                raise Unusable("the hash is too long")
            return made
    raise Unusable(_why_not(exported))


def _bcrypt(found: re.Match[str]) -> str:
    """``$2a$`` and ``$2y$`` name what ``$2b$`` does, by programs that never had the faults of older ones."""
    cost = int(found["cost"])
    if not 4 <= cost <= MAX_BCRYPT_COST:
        raise Unusable(f"bcrypt with cost {cost}: only costs from 4 to {MAX_BCRYPT_COST} are quick enough")
    algorithm = found.groupdict().get("algorithm") or "bcrypt"
    return f"{algorithm}$$2b${found['cost']}${found['rest']}"


def _argon2(found: re.Match[str]) -> str:
    try:
        cost = argon2.extract_parameters(found["phc"])
    except InvalidHashError:
        raise Unusable("the Argon2 hash is damaged") from None
    if cost.memory_cost > MAX_ARGON2_MEMORY or cost.memory_cost * cost.time_cost > MAX_ARGON2:
        raise Unusable("the Argon2 hash takes too much time or memory to check")
    return f"argon2{found['phc']}"


def _pbkdf2(found: re.Match[str]) -> str:
    """Django's own form."""
    _check_iterations(found["iterations"])
    _bytes(found["hash"])
    return found[0]


def _passlib_pbkdf2(found: re.Match[str]) -> str:
    kept = Kept((_check_iterations(found["iterations"]),), _bytes(found["salt"]), _bytes(found["hash"]))
    return _BINARY_PBKDF2[found["digest"] or "sha1"]().encoded(kept)


def _werkzeug_pbkdf2(found: re.Match[str]) -> str:
    kept = Kept(
        (_check_iterations(found["iterations"]),), found["salt"].encode(), bytes.fromhex(found["hash"])
    )
    return _BINARY_PBKDF2[found["digest"]]().encoded(kept)


def _scrypt(found: re.Match[str]) -> str:
    """Django's own form; its hasher compares 64 bytes."""
    _check_scrypt(int(found["n"]), int(found["r"]), int(found["p"]))
    if len(_bytes(found["hash"])) != 64:
        raise Unusable("the scrypt hash is damaged")
    return found[0]


def _passlib_scrypt(found: re.Match[str]) -> str:
    exponent = int(found["ln"])
    if exponent > 30:
        raise Unusable("the scrypt hash takes too much time or memory to check")
    numbers = _check_scrypt(2**exponent, int(found["r"]), int(found["p"]))
    return BinaryScrypt().encoded(Kept(numbers, _bytes(found["salt"]), _bytes(found["hash"])))


def _werkzeug_scrypt(found: re.Match[str]) -> str:
    numbers = _check_scrypt(int(found["n"]), int(found["r"]), int(found["p"]))
    return BinaryScrypt().encoded(Kept(numbers, found["salt"].encode(), bytes.fromhex(found["hash"])))


def _check_iterations(text: str) -> int:
    iterations = int(text)
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise Unusable(f"PBKDF2 with {iterations} iterations: at most {MAX_ITERATIONS} are quick enough")
    return iterations


def _check_scrypt(n: int, r: int, p: int) -> tuple[int, int, int]:
    if n < 2 or n & (n - 1) or r < 1 or p < 1:
        raise Unusable("the scrypt hash is damaged")
    if n * r * p > MAX_SCRYPT or 128 * n * r > MAX_SCRYPT_MEMORY:
        raise Unusable("the scrypt hash takes too much time or memory to check")
    return n, r, p


def _bytes(text: str) -> bytes:
    plain = text.replace(".", "+").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise Unusable("the hash is damaged") from None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(form), take)
    for form, take in (
        (_BCRYPT, _bcrypt),
        (rf"(?P<algorithm>bcrypt|bcrypt_sha256)\${_BCRYPT}", _bcrypt),
        (r"(?:argon2)?(?P<phc>\$argon2(?:id|i|d)\$.+)", _argon2),
        (rf"pbkdf2_sha(?:1|256|512)\$(?P<iterations>\d{{1,9}})\$[^$]+\$(?P<hash>{_B64})", _pbkdf2),
        (
            rf"\$pbkdf2(?:-(?P<digest>sha1|sha256|sha512))?\$(?:i=)?(?P<iterations>\d{{1,9}})"
            rf"\$(?P<salt>{_AB64})\$(?P<hash>{_AB64})",
            _passlib_pbkdf2,
        ),
        (
            r"pbkdf2:(?P<digest>sha1|sha256|sha512):(?P<iterations>\d{1,9})"
            r"\$(?P<salt>[^$]+)\$(?P<hash>(?:[0-9a-f]{2})+)",
            _werkzeug_pbkdf2,
        ),
        (
            rf"scrypt\$(?P<n>\d{{1,9}})\$[^$]+\$(?P<r>\d{{1,4}})\$(?P<p>\d{{1,4}})\$(?P<hash>{_B64})",
            _scrypt,
        ),
        (
            rf"\$scrypt\$ln=(?P<ln>\d\d?),r=(?P<r>\d{{1,4}}),p=(?P<p>\d{{1,4}})"
            rf"\$(?P<salt>{_AB64})\$(?P<hash>{_AB64})",
            _passlib_scrypt,
        ),
        (
            r"scrypt:(?P<n>\d{1,9}):(?P<r>\d{1,4}):(?P<p>\d{1,4})"
            r"\$(?P<salt>[^$]+)\$(?P<hash>(?:[0-9a-f]{2})+)",
            _werkzeug_scrypt,
        ),
    )
)

_KNOWN_UNUSABLE = (
    (r"\$1\$.*", "MD5-crypt"),
    (r"\$[56]\$.*", "SHA-crypt"),
    (r"\$[PH]\$.*", "phpass"),
    (r"\$7\$.*|\$y\$.*|\$gy\$.*", "crypt’s scrypt and yescrypt"),
    (r"\$sha1\$.*|\{SSHA\d*\}.*|\{SHA\d*\}.*", "salted SHA"),
    (r"[0-9a-fA-F]{32}", "unsalted MD5"),
    (r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}", "unsalted SHA"),
    (r"(md5|sha1)\$.*", "salted MD5 or SHA-1"),
    (r"!.*", "an account without a password"),
)


def _why_not(exported: str) -> str:
    if not exported:
        return "missing"
    for form, name in _KNOWN_UNUSABLE:
        if re.fullmatch(form, exported):
            return f"{name} can’t be checked here"
    return "not a hash of a form that is known here"
