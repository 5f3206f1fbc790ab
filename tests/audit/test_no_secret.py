"""The demo's whole history, played through the services, leaves no secret in the trail and nothing unsaid."""

import re
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from accounts.authenticators.totp import services as totp
from audit import reading, registry
from audit.reading import Filters
from audit.search import presenter
from common import codes
from devtools import story
from devtools.personas import PEOPLE, THIEF_EMAIL, THIEF_PASSWORD


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every random code, token and authenticator's key made from here on, and every TOTP code used."""
    made: set[str] = set()

    def listen(module: Any, name: str) -> None:
        original = getattr(module, name)

        def heard(*args: Any) -> Any:
            value = original(*args)
            made.add(value)
            return value

        monkeypatch.setattr(module, name, heard)

    for name in ("token", "digits", "letters"):
        listen(codes, name)
    listen(totp, "new_key")
    listen(story, "totp_at")
    return made


def begin_of_trail() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_event")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_story_leaves_no_secret_and_nothing_unsaid(secrets, post_office, monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    begin = begin_of_trail()
    story.play()

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM audit_event AS e WHERE id > %s", [begin])
        rows = [row for (row,) in cursor.fetchall()]
        cursor.execute("SELECT password FROM accounts_user")
        hashes = {value for (value,) in cursor.fetchall()}
    assert len(rows) > 100

    secrets |= {person.password for person in PEOPLE} | {THIEF_PASSWORD} | hashes
    assert len(secrets) > 50
    # A six-digit code may by chance stand inside a number or an id; as a word of its own it may not.
    words = {word for row in rows for word in re.findall(r'"([^"]*)"', row)}
    assert not words & secrets
    text = "\n".join(rows)
    assert not [secret for secret in secrets if len(secret) > 8 and secret in text]

    # Addresses are masked: the trail says whose account it is by a number.
    assert not [address for address in (*(person.email for person in PEOPLE), THIEF_EMAIL) if address in text]

    entries = [entry for entry in reading.events(Filters(), size=len(rows)).entries if entry.id > begin]
    for language in ("en", "ja"):
        with translation.override(language):
            assert len(presenter.present(entries)) == len(entries)
    assert not {
        (key, code)
        for entry in entries
        for key, value in entry.details.items()
        if key in {*registry.WORDS, "reason", "how"}
        for code in (value if isinstance(value, list) else [value])
        if isinstance(code, str) and code not in {**registry.WORDS.get(key, {}), **registry.REASONS}
    }, "codes without a word"
