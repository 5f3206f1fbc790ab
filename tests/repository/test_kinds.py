"""A kind of authenticator is one folder: nothing else spells its name, but for what is listed here."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.authenticators import registry
from accounts.authenticators.base import Kind
from audit import registry as event_types

ROOT = Path(settings.BASE_DIR)
PRODUCTION = ("common", "audit", "notifications", "telephony", "accounts", "recovery", "portal", "templates")
# Where a name may be spelled beside its kind's folders, and why.
EXCEPTIONS = {
    "accounts/enums.py": "what rows may say: the database refuses any other word",
    "accounts/models/authenticator.py": "the tables of the kinds, and the constraints on them",
    "accounts/models/__init__.py": "the tables of the kinds",
    "recovery/models/evidence.py": "what rows may say",
    "accounts/authenticators/registry.py": "lists the kinds",
    "accounts/authenticators/fields.py": "six digits: tells apart what is often typed in their place",
    "recovery/restoration/services.py": "the key under which sealed rows have kept a replacement",
    "portal/settings.py": "the applications that keep the keys",
    "portal/env.py": "the host of the portal, and what is bound to it",
    "templates/devtools/components.html": "an example on the page of components",
}


def name_of(kind: Kind) -> re.Pattern[str]:
    """Of the row or of the factor, as a word, a class or a constant."""
    return re.compile(str(kind.factor).replace("_", "_?"), re.IGNORECASE)


def sources() -> list[Path]:
    found = [
        path
        for top in PRODUCTION
        for path in (ROOT / top).rglob("*")
        if path.suffix in {".py", ".html", ".txt"}
    ]
    return [path.relative_to(ROOT) for path in found if "migrations" not in path.parts]


@pytest.mark.parametrize("kind", registry.KINDS, ids=lambda kind: kind.kind)
def test_only_its_own_folders_spell_the_name_of_a_kind(kind: Kind) -> None:
    own = (
        Path(*kind.pages.urls.split(".")[:-1]),
        Path("templates") / Path(kind.pages.section).parent,
    )
    spelled = [
        str(path)
        for path in sources()
        if not any(path.is_relative_to(folder) for folder in own)
        and name_of(kind).search(f"{path}\n{(ROOT / path).read_text(encoding='utf-8')}")
    ]
    assert sorted(set(spelled) - set(EXCEPTIONS)) == []


def test_every_exception_is_still_one() -> None:
    for path in EXCEPTIONS:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert any(name_of(kind).search(text) for kind in registry.KINDS), path


@pytest.mark.parametrize("kind", registry.KINDS, ids=lambda kind: kind.kind)
def test_the_trail_knows_the_events_of_every_kind(kind: Kind) -> None:
    names = {event.type.name for event in kind.events}
    assert names <= set(event_types.TYPES)
    assert {change.action for change in kind.changes} <= names
