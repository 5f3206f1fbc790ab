"""Django's sessions in the database, kept by a hash of their key: who reads the table takes no session over.

The cookie alone holds the key. Statements are left out that a sign-in does not need: a new key is 160 random
bits, and the database refuses a second of its kind, so nobody asks before. Changing the key is part of the
one statement that saves the rest, and what did not change is not saved again.
"""

import base64
import hashlib
import json
import secrets
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone


def row_key(key: str) -> str:
    """What tables keep of a session's key: 160 bits of its SHA-256. A cookie may hold anything."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:40]


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._fresh = False  # not a row yet
        self._replaces: str | None = None
        self._written: tuple[str | None, str] | None = None

    def _get_new_session_key(self) -> str:
        return base64.b32encode(secrets.token_bytes(20)).decode().lower()

    def load(self) -> dict[str, Any]:
        rows = Session.objects.filter(expire_date__gt=timezone.now())
        row = rows.filter(session_key=row_key(self.session_key)).first() if self.session_key else None
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row.session_data)
        return found

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=row_key(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = row_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=row_key(key)).delete()

    def cycle_key(self) -> None:
        """A new key for the same data. :meth:`save` puts it in place of the old one, which then is dead."""
        data = self._get_session()  # type: ignore[attr-defined]
        if not self._fresh:
            self._replaces = self._replaces or self.session_key
            self._fresh = self._replaces is None
        self._session_key = self._get_new_session_key()
        self._session_cache = data
        self.modified = True

    def flush(self) -> None:
        if self._replaces:
            self.delete(self._replaces)
        self._fresh, self._replaces = False, None
        super().flush()

    def save(self, must_create: bool = False) -> None:
        """Write what changed.

        Raises:
            UpdateError: the session was ended in the meantime; it does not come back.
        """
        if self.session_key is None:
            self.create()
            return
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        content = (self.session_key, json.dumps(data, sort_keys=True, default=str))
        if content == self._written:
            return
        row = self.create_model_instance(data)
        if must_create or self._fresh:
            row.save(force_insert=True)
        else:
            kept = row_key(self._replaces) if self._replaces else row.session_key
            if not Session.objects.filter(session_key=kept).update(
                session_key=row.session_key, session_data=row.session_data, expire_date=row.expire_date
            ):
                raise UpdateError
        self._fresh, self._replaces = False, None
        self._written = content
