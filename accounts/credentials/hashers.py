"""Hashes of passwords: what new ones are made with, and what those of other systems are checked with.

New ones are Argon2id with OWASP's parameters (Password Storage Cheat Sheet): 50 ms and 19 MiB a password. All
others come from an import (``accounts.importing.hashes`` brings them to a form that is read here) and are
replaced at the next sign-in.
"""

import base64
import hashlib
from typing import Any, NamedTuple

import bcrypt
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    BCryptPasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
)
from django.utils.crypto import constant_time_compare

MAX_BCRYPT = 72
"""bcrypt reads no more bytes of a password, wherever the hash was made."""
SCRYPT_MEMORY = 256 * 1024 * 1024


class Argon2id(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class BCrypt(BCryptPasswordHasher):
    """The library refuses what is longer than bcrypt reads; other systems have cut it off."""

    def encode(self, password: str, salt: Any) -> str:
        made: bytes = bcrypt.hashpw(password.encode()[:MAX_BCRYPT], salt)
        return f"{self.algorithm}${made.decode()}"


class Scrypt(ScryptPasswordHasher):
    """With as much memory as an imported hash may ask for: by default 32 MiB are too little for many."""

    maxmem = SCRYPT_MEMORY


class PBKDF2SHA512(PBKDF2PasswordHasher):
    """As Python's passlib, Node and others make them."""

    algorithm = "pbkdf2_sha512"
    digest = hashlib.sha512


class Kept(NamedTuple):
    """A hash with a salt of any bytes: ``parameters`` are those of its kind."""

    parameters: tuple[int, ...]
    salt: bytes
    digest: bytes


class _Binary(BasePasswordHasher):
    """``algorithm$numbers,…$salt$hash`` in base64: Django's own formats take no salt that isn't text.

    Only checked, never made anew: the first hasher takes a password over as soon as its owner signs in.
    """

    def encoded(self, kept: Kept) -> str:
        numbers = ",".join(map(str, kept.parameters))
        salt, digest = (base64.b64encode(part).decode() for part in (kept.salt, kept.digest))
        return f"{self.algorithm}${numbers}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, numbers, salt, digest = encoded.split("$")
        kept = Kept(
            tuple(map(int, numbers.split(","))),
            base64.b64decode(salt, validate=True),
            base64.b64decode(digest, validate=True),
        )
        return {"algorithm": algorithm, "kept": kept, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        kept: Kept = self.decode(encoded)["kept"]
        return constant_time_compare(self._digest(password.encode(), kept), kept.digest)

    def _digest(self, password: bytes, kept: Kept) -> bytes:
        raise NotImplementedError

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """What a wrong password costs is evened out for all kinds: ``accounts.sign_in.password_check``."""


class BinaryPBKDF2SHA1(_Binary):
    algorithm = "pbkdf2_sha1_binary"
    name = "sha1"

    def _digest(self, password: bytes, kept: Kept) -> bytes:
        return hashlib.pbkdf2_hmac(self.name, password, kept.salt, kept.parameters[0], len(kept.digest))


class BinaryPBKDF2SHA256(BinaryPBKDF2SHA1):
    algorithm = "pbkdf2_sha256_binary"
    name = "sha256"


class BinaryPBKDF2SHA512(BinaryPBKDF2SHA1):
    algorithm = "pbkdf2_sha512_binary"
    name = "sha512"


class BinaryScrypt(_Binary):
    algorithm = "scrypt_binary"

    def _digest(self, password: bytes, kept: Kept) -> bytes:
        n, r, p = kept.parameters
        return hashlib.scrypt(
            password, salt=kept.salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=len(kept.digest)
        )
