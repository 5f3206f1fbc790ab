"""Events as sentences for people. Names are looked up for a page at once; the trail itself keeps numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

from audit import registry, sentences
from audit.reading import Entry


@dataclass(frozen=True)
class EventView:
    """An event with its sentence, further sentences, and its people by name ("" where there is none)."""

    entry: Entry
    sentence: str
    notes: tuple[str, ...]
    who: str
    whose: str


@dataclass(frozen=True)
class Fact:
    key: str
    label: str
    value: str


@dataclass(frozen=True)
class Change:
    """One thing before and after."""

    label: str
    before: str
    after: str


def present(entries: Sequence[Entry]) -> list[EventView]:
    """The sentences of ``entries`` in the active language.

    Raises:
        registry.UnknownAction: an event is of a type that has no sentence.
    """
    people = names({number for entry in entries for number in (entry.actor, entry.account)})
    return [_present(entry, people) for entry in entries]


def names(numbers: Collection[int | None]) -> dict[int, str]:
    """Who these accounts belong to: one query for all; an account that is gone is told by its number."""
    wanted = {number for number in numbers if number is not None}
    if not wanted:
        return {}
    people = get_user_model().objects.in_bulk(wanted)
    return {number: _name(people.get(number), number) for number in wanted}


def facts(details: Mapping[str, Any]) -> list[Fact]:
    """The details of one event in words: all that :func:`changes` does not show side by side."""
    paired = {key for pair in _pairs(details).items() for key in pair}
    return [
        Fact(key, sentences.label(key), sentences.humanize(key, value))
        for key, value in details.items()
        if key not in paired
    ]


def changes(details: Mapping[str, Any]) -> list[Change]:
    """What was before and what after, of details that come as a pair ``from_x`` and ``to_x``."""
    return [
        Change(
            sentences.label(old), sentences.humanize(old, details[old]), sentences.humanize(new, details[new])
        )
        for old, new in _pairs(details).items()
    ]


def _pairs(details: Mapping[str, Any]) -> dict[str, str]:
    befores = (key for key in details if key.startswith("from_"))
    return {old: new for old in befores if (new := f"to_{old.removeprefix('from_')}") in details}


def _present(entry: Entry, people: Mapping[int, str]) -> EventView:
    kind = registry.type_of(entry.action)
    who = people[entry.actor] if entry.actor is not None else ""
    whose = people[entry.account] if entry.account is not None else ""
    values = {key: sentences.humanize(key, entry.details.get(key)) for key in kind.keys}
    values["who"] = who or (gettext("Someone not signed in") if entry.address else gettext("The system"))
    values["whose"] = whose or gettext("an unknown account")
    values["case"] = str(entry.case) if entry.case is not None else gettext("(no number)")
    itself = kind.own is not None and entry.actor is not None and entry.actor == entry.account
    sentence = str(kind.own if itself else kind.sentence) % values
    notes = tuple(str(words) for key, words in kind.notes.items() if entry.details.get(key) is True)
    return EventView(entry, sentence[:1].upper() + sentence[1:], notes, who, whose)


def _name(person: Any, number: int) -> str:
    if person is None:
        return gettext("account %(number)s") % {"number": number}
    return str(person.addressed())
