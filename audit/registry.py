"""The types of event that the apps record, each with the sentence that tells it.

Each app registers its own in its ``events.py``; the trail itself knows none but its own.

A sentence may use ``%(who)s`` (who did it), ``%(whose)s`` (whose account), ``%(case)s`` and, in words,
any of the type's ``keys``. ``own`` is the sentence where both are one person. ``notes`` are further
sentences, each said when the detail of that name is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.utils.functional import Promise

Words = str | Promise
_NONE: Mapping[str, Words] = MappingProxyType({})
_NO_WORDS: Mapping[str, Mapping[str, Words]] = MappingProxyType({})


class UnknownAction(LookupError):
    """No type of event has this name. Register it in the events.py of its app, with its sentence."""


@dataclass(frozen=True)
class EventType:
    name: str
    sentence: Words
    keys: tuple[str, ...] = ()
    own: Words | None = None
    notes: Mapping[str, Words] = field(default_factory=lambda: _NONE)

    @property
    def title(self) -> str:
        """The sentence with nobody and nothing in it: ``… signed in with …``."""
        return str(self.sentence) % _Anything()


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(frozen=True)
class Group:
    name: str
    title: Words
    types: tuple[EventType, ...]


GROUPS: list[Group] = []
TYPES: dict[str, EventType] = {}
WORDS: dict[str, Mapping[str, Words]] = {}
"""By the key of a detail: its codes in words."""
REASONS: dict[str, Words] = {}
"""The codes of ``reason`` and ``how``: one code means the same under both, and in every app."""


def register(
    *groups: Group,
    words: Mapping[str, Mapping[str, Words]] = _NO_WORDS,
    reasons: Mapping[str, Words] = _NONE,
) -> None:
    """What an app records, in its ``events.py``, which its AppConfig loads.

    Raises:
        ValueError: another app has registered a type or a word of this name.
    """
    types = {event_type.name: event_type for group in groups for event_type in group.types}
    taken = (types.keys() & TYPES.keys()) | (words.keys() & WORDS.keys()) | (reasons.keys() & REASONS.keys())
    if taken:
        raise ValueError(f"registered already: {', '.join(sorted(taken))}")
    GROUPS.extend(groups)
    TYPES.update(types)
    WORDS.update(words)
    REASONS.update(reasons)


def type_of(action: str) -> EventType:
    """The type of that name.

    Raises:
        UnknownAction: there is none.
    """
    try:
        return TYPES[action]
    except KeyError:
        raise UnknownAction(action) from None


def under(prefix: str) -> list[str]:
    """The types at or below a dotted name: ``credential`` holds ``credential.email.changed``."""
    return [name for name in TYPES if name == prefix or name.startswith(f"{prefix}.")]
