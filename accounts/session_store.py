"""Django's sessions in the database, with the statements left out that a sign-in does not need.

A new key is 160 random bits: the database refuses a second of its kind, so nobody asks before. Changing the
key writes one row instead of two, and what was saved and did not change since is not saved again.
"""

import json
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.utils.crypto import get_random_string


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._fresh = False
        self._written: tuple[str | None, str] | None = None

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self.save(must_create=True)
        self.modified = True

    def cycle_key(self) -> None:
        """A new key for the same data: the old one is dead at once, the new one lives once saved."""
        data, old = self._get_session(), self.session_key  # type: ignore[attr-defined]
        self._session_key = self._get_new_session_key()
        self._session_cache = data
        self._fresh = self.modified = True
        if old:
            self.model.objects.filter(session_key=old).delete()

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
            found = self.model.objects.filter(session_key=row.session_key)
            if not found.update(session_data=row.session_data, expire_date=row.expire_date):
                raise UpdateError
        self._fresh = False
        self._written = content
