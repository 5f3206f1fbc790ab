"""What other systems export is checked here as it was there; what cannot be is refused, with the reason."""

import base64
import hashlib
from typing import Any

import argon2
import bcrypt
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.test import override_settings

from accounts import passwords
from accounts.importing.hashes import MAX_ITERATIONS, Unusable, adopt

PASSWORD = "kita-no-umi-2019"
SALT = b"\x00\xff salt with any bytes"
HASHERS = [
    "accounts.credentials.hashers.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "accounts.credentials.hashers.PBKDF2SHA512",
    "accounts.credentials.hashers.BinaryPBKDF2SHA1",
    "accounts.credentials.hashers.BinaryPBKDF2SHA256",
    "accounts.credentials.hashers.BinaryPBKDF2SHA512",
    "accounts.credentials.hashers.Scrypt",
    "accounts.credentials.hashers.BinaryScrypt",
    "accounts.credentials.hashers.BCrypt",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
production = override_settings(PASSWORD_HASHERS=HASHERS)


def ab64(value: bytes) -> str:
    """As passlib writes it."""
    return base64.b64encode(value).decode().rstrip("=").replace("+", ".")


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def pbkdf2(name: str, iterations: int, salt: bytes = SALT) -> bytes:
    return hashlib.pbkdf2_hmac(name, PASSWORD.encode(), salt, iterations)


def scrypt(n: int, salt: bytes = SALT) -> bytes:
    return hashlib.scrypt(PASSWORD.encode(), salt=salt, n=n, r=8, p=1, maxmem=2**27, dklen=64)


def raw_bcrypt(prefix: str) -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", prefix)


def of_django(algorithm: str) -> str:
    hashers = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    ]
    with override_settings(PASSWORD_HASHERS=hashers):
        return make_password(PASSWORD, hasher=algorithm)


EXPORTED = {
    "argon2 of Django": lambda: of_django("argon2"),
    "pbkdf2_sha256 of Django": lambda: of_django("pbkdf2_sha256"),
    "pbkdf2_sha1 of Django": lambda: of_django("pbkdf2_sha1"),
    "scrypt of Django": lambda: of_django("scrypt"),
    "bcrypt_sha256 of Django": lambda: of_django("bcrypt_sha256"),
    "bcrypt of Django": lambda: f"bcrypt${raw_bcrypt('$2b$')}",
    "$2a$": lambda: raw_bcrypt("$2a$"),
    "$2b$": lambda: raw_bcrypt("$2b$"),
    "$2y$ of PHP": lambda: raw_bcrypt("$2y$"),
    "$argon2id$": lambda: argon2.PasswordHasher(2, 8192, 1).hash(PASSWORD),
    "$argon2i$": lambda: argon2.PasswordHasher(2, 8192, 1, type=argon2.Type.I).hash(PASSWORD),
    "$pbkdf2$": lambda: f"$pbkdf2$1000${ab64(SALT)}${ab64(pbkdf2('sha1', 1000))}",
    "$pbkdf2-sha256$": lambda: f"$pbkdf2-sha256$29000${ab64(SALT)}${ab64(pbkdf2('sha256', 29000))}",
    "$pbkdf2-sha512$": lambda: f"$pbkdf2-sha512$25000${ab64(SALT)}${ab64(pbkdf2('sha512', 25000))}",
    "$pbkdf2-sha256$i= in PHC": lambda: f"$pbkdf2-sha256$i=1000${ab64(SALT)}${ab64(pbkdf2('sha256', 1000))}",
    "pbkdf2:sha256: of Werkzeug": lambda: f"pbkdf2:sha256:1000$abc${pbkdf2('sha256', 1000, b'abc').hex()}",
    "scrypt: of Werkzeug": lambda: f"scrypt:32768:8:1$abc${scrypt(32768, b'abc').hex()}",
    "$scrypt$": lambda: f"$scrypt$ln=15,r=8,p=1${ab64(SALT)}${ab64(scrypt(32768))}",
    "scrypt$ with 32 MiB": lambda: f"scrypt$32768$abc$8$1${b64(scrypt(32768, b'abc'))}",
}


def test_these_are_the_hashers_of_production() -> None:
    text = (django_settings.BASE_DIR / "portal" / "settings.py").read_text()
    assert [line.strip(' ",') for line in text.splitlines() if ".hashers." in line] == HASHERS


@pytest.mark.parametrize("form", EXPORTED)
@production
def test_the_right_password_is_right_and_a_wrong_one_wrong(form: str) -> None:
    kept = adopt(EXPORTED[form]())
    assert len(kept) <= 255
    assert check_password(PASSWORD, kept)
    assert not check_password(PASSWORD + "x", kept)


@pytest.mark.parametrize("form", EXPORTED)
@production
def test_each_is_hashed_anew_when_it_was_right(form: str) -> None:
    anew: list[str] = []
    assert check_password(PASSWORD, adopt(EXPORTED[form]()), setter=anew.append)
    assert anew == [PASSWORD]


@production
def test_what_we_hash_ourselves_begins_as_the_index_of_old_ones_says() -> None:
    assert make_password(PASSWORD).startswith(passwords.CURRENT)


@production
def test_bcrypt_reads_72_bytes_here_as_everywhere() -> None:
    long = "長い" * 20
    kept = adopt(bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode())
    assert check_password(long, kept)


REFUSED = {
    "": "missing",
    "5f4dcc3b5aa765d61d8327deb882cf99": "unsalted MD5",
    "$1$abc$xyz": "MD5-crypt",
    "$6$rounds=5000$abc$xyz": "SHA-crypt",
    "$P$BabcdefghijklmnopqrstuvwxyzABC": "phpass",
    "!unusable": "without a password",
    "hunter2": "not a hash of a form that is known here",
    "$2b$31$" + "a" * 53: "cost 31",
    "$2b$12$short": "not a hash",
    "$argon2id$v=19$m=65536": "damaged",
    "$argon2id$v=19$m=4194304,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A": "too much",
    f"pbkdf2_sha256${MAX_ITERATIONS + 1}$salt$aGFzaA==": "iterations",
    "$scrypt$ln=24,r=8,p=1$c2FsdA$aGFzaA": "too much",
    "$scrypt$ln=99,r=8,p=1$c2FsdA$aGFzaA": "too much",
    "scrypt$1000$salt$8$1$aGFzaA==": "damaged",
    "scrypt$16384$salt$8$1$aGFzaA==": "damaged",
    "$argon2id$v=19$m=19456,t=2,p=1$" + "c2FsdA" * 20 + "$" + "aGFzaA" * 40: "too long",
}


@pytest.mark.parametrize("exported", REFUSED)
def test_what_cannot_be_checked_is_refused_with_the_reason(exported: str) -> None:
    with pytest.raises(Unusable, match=REFUSED[exported]):
        adopt(exported)


@production
def test_every_form_names_its_hasher(db: Any) -> None:
    names = {identify_hasher(adopt(make())).algorithm for make in EXPORTED.values()}
    assert {"argon2", "bcrypt", "bcrypt_sha256", "scrypt", "pbkdf2_sha256"} <= names
