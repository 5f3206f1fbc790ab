"""Django's sessions in the database, with the statements left out that a sign-in does not need.

A new key is 160 random bits: the database refuses a second of its kind, so nobody asks before. Changing the
key is part of the one statement that saves the rest, and what did not change is not saved again.
"""

import base64
import json
import secrets
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._fresh = False  # not a row yet
        self._replaces: str | None = None
        self._written: tuple[str | None, str] | None = None

    def _get_new_session_key(self) -> str:
        return base64.b32encode(secrets.token_bytes(20)).decode().lower()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

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
            kept = Session.objects.filter(session_key=self._replaces or row.session_key)
            if not kept.update(
                session_key=row.session_key, session_data=row.session_data, expire_date=row.expire_date
            ):
                raise UpdateError
        self._fresh, self._replaces = False, None
        self._written = content
