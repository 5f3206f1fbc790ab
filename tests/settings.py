"""The portal's settings for tests: the demo's address book, a fast hasher, nothing else different."""

import os

os.environ.setdefault("DEMO", "1")
os.environ.setdefault("ORIGIN", "http://localhost:8000")
os.environ.setdefault("SECRET_KEY", "tests")
os.environ.setdefault("SEALING_KEYS", "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=")
# In a test run, tests.services has set these. Tools that only read the settings (mypy, makemigrations
# --check, messages) need no database; nothing listens on port 1.
os.environ.setdefault("DATABASE_URL", "postgres://portal@127.0.0.1:1/portal")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
# Most strangers of the tests make their changes at once, as one does whom nothing gives away.
os.environ.setdefault("GUARD_RISKY_SESSIONS", "false")

from portal.settings import *  # noqa: F403

# Argon2id takes 50 ms and 19 MiB a password on purpose; a suite that signs in hundreds of times need not.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Styles and scripts are found where they lie; WhiteNoise would warn of a folder that nobody has collected.
STATIC_ROOT = None  # type: ignore[assignment]
