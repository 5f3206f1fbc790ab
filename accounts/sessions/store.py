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
from django.utils import timezone

from common.written_once import Insert, Later, Select, Update

_LIVING = Select(lambda: Session.objects.filter(session_key=Later("key"), expire_date__gt=Later("now")))
_ADD = Insert(Session)
_SAVE = Update(
    lambda: Session.objects.filter(session_key=Later("old")),
    session_key=Later("key"),
    session_data=Later("data"),
    expire_date=Later("expires"),
)


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._fresh = False  # not a row yet
        self._replaces: str | None = None
        self._written: tuple[str | None, str] | None = None

    def _get_new_session_key(self) -> str:
        return base64.b32encode(secrets.token_bytes(20)).decode().lower()

    def _get_session_from_db(self) -> Session | None:
        found = _LIVING.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found

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
            _ADD.run(row)
        elif not _SAVE.run(
            old=self._replaces or row.session_key,
            key=row.session_key,
            data=row.session_data,
            expires=row.expire_date,
        ):
            raise UpdateError
        self._fresh, self._replaces = False, None
        self._written = content
