"""The one search box: what somebody types becomes filters, and what it does not understand is said.

It reads the longest phrase first: *failed sign-in by Sato yesterday* is an event, a person and a day.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext, override

from audit import registry
from audit.models import Outcome
from audit.search import periods
from audit.search.people import known_as, numbered
from common.countries import country_code

MAX_LENGTH = 200
MAX_WORDS = 16
MAX_TYPES = 12
"""Words that many more types of event have in common say nothing about what is sought."""

_TOKEN = re.compile(r'["“”「](?P<quoted>[^"“”」]+)["“”」]|(?P<word>\S+)')
_CASE = re.compile(r"(?:(?:case|案件) ?)?(?:#|r-)?(\d{1,15})", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?:account|アカウント) ?#?(\d{1,18})", re.IGNORECASE)
_BY = re.compile(r"(?:(?:done )?by|操作した人|操作者|実行者)(?: |: ?)(.+)", re.IGNORECASE)
_WORD = re.compile(r"[\w'’-]+")
_COMMON = frozenset({"with", "from", "that", "this", "will", "they", "their", "them", "what", "another"})


@dataclass
class Understood:
    """``fields``: as :class:`audit.reading.Filters` has them. ``rest``: what nothing was understood of."""

    fields: dict[str, Any] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def take(self, found: dict[str, Any]) -> bool:
        """Whether nothing else was said about the same; people add up."""
        for name, value in found.items():
            if name in ("account", "person"):
                found[name] = tuple(dict.fromkeys((*self.fields.get(name, ()), *value)))
            elif name in self.fields:
                return False
        self.fields |= found
        return True


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool

    def __str__(self) -> str:
        """As it is typed again: what was in quotation marks stays so."""
        return f'"{self.text}"' if self.quoted else self.text


def read(text: str, now: datetime) -> Understood:
    """What ``text`` means. The rest keeps its order: read again by itself, it is not understood again."""
    tokens = [
        _Token(found["quoted"] or found["word"], bool(found["quoted"]))
        for found in _TOKEN.finditer(unicodedata.normalize("NFKC", text))
    ]
    understood = Understood()
    left: list[_Token] = []
    at, tokens, beyond = 0, tokens[:MAX_WORDS], tokens[MAX_WORDS:]
    while at < len(tokens):
        size = _phrase(tokens[at:], understood, now)
        if not size:
            left.append(tokens[at])
        elif left:
            _names(left, understood)
            left = []
        at += size or 1
    _names(left, understood)
    understood.rest += [str(token) for token in beyond]
    return understood


def _phrase(tokens: Sequence[_Token], understood: Understood, now: datetime) -> int:
    """How many of the first tokens are understood together."""
    until = next((at for at, token in enumerate(tokens) if token.quoted), len(tokens))
    for size in range(until, 0, -1):
        found = _meaning(" ".join(token.text for token in tokens[:size]), now)
        if found and understood.take(found):
            return size
    return _quoted_person(tokens, understood)


def _quoted_person(tokens: Sequence[_Token], understood: Understood) -> int:
    """``"Ann Will"``, ``by "Ann Will"``: in quotation marks stands a name and nothing else."""
    if tokens[0].quoted:
        people = known_as(tokens[0].text)
        return 1 if people and understood.take({"account": people}) else 0
    if len(tokens) > 1 and tokens[1].quoted and _BY.fullmatch(f"{tokens[0].text.rstrip(':')} x"):
        people = known_as(tokens[1].text)
        return 2 if people and understood.take({"person": people}) else 0
    return 0


def _names(tokens: list[_Token], understood: Understood) -> None:
    """What nothing else was understood of may be a name: all of it, or each word."""
    together = " ".join(token.text for token in tokens)
    if len(tokens) > 1 and (people := _named(together)):
        understood.take({"account": people})
        return
    for token in tokens:
        people = _named(token.text)
        if people:
            understood.take({"account": people})
        else:
            understood.rest.append(str(token))


def _named(text: str) -> tuple[int, ...]:
    return known_as(text) if len(text) > 1 or not text.isascii() else ()


def _meaning(text: str, now: datetime) -> dict[str, Any]:
    """What the whole phrase says, whoever is named in it aside; {} where it says nothing."""
    for name, value in _readings(text):
        if value:
            return {name: value}
    since, until = periods.read(text, now) or (None, None)
    return {name: moment for name, moment in (("since", since), ("until", until)) if moment}


def _readings(text: str) -> Iterator[tuple[str, Any]]:
    if found := _CASE.fullmatch(text):
        yield "case", int(found[1])
    if found := _ACCOUNT.fullmatch(text):
        yield "account", numbered(found[1])
    if found := _BY.fullmatch(text):
        # One word, or more in quotation marks: what follows may belong to something else.
        yield "person", numbered(found[1]) or (known_as(found[1]) if " " not in found[1] else ())
    if " " not in text and "@" in text:
        yield "account", known_as(text)
    yield "address", _network(text)
    yield "outcome", _outcomes().get(text.casefold())
    yield "country", country_code(text, get_language() or "en") or country_code(text, "en")
    yield "action", events(text)


def _network(text: str) -> object:
    if not re.search(r"[.:]", text):
        return None  # a plain number is a case
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _outcomes() -> dict[str, str]:
    said = {"failed": Outcome.FAILED, "denied": Outcome.DENIED, "done": Outcome.OK}
    words = {word: outcome.value for word, outcome in said.items()}
    return words | {gettext(word): value for word, value in words.items()}


def events(text: str) -> str:
    """The types of event that a name, a group or words of their sentences mean, as a filter has them."""
    name = text.casefold().removesuffix(".*")
    if registry.under(name):
        return name
    for group in registry.GROUPS:
        if str(group.title).casefold() == name:
            return ",".join(kind.name for kind in group.types)
    words = name.split()
    if not any(_says_something(word) for word in words):
        return ""
    titles = _titles(get_language() or "en")
    found = [name for name, title, in_title in titles if all(_is_in(word, title, in_title) for word in words)]
    return ",".join(found) if len(found) <= MAX_TYPES else ""


@lru_cache(maxsize=4)
def _titles(language: str) -> list[tuple[str, str, frozenset[str]]]:
    """Of each type its name, its sentence in this language, and the words of both."""
    with override(language):
        titles = {kind.name: kind.title.casefold() for kind in registry.TYPES.values()}
    return [
        (name, title, frozenset((*_WORD.findall(title), *re.split(r"[._]", name))))
        for name, title in titles.items()
    ]


def _says_something(word: str) -> bool:
    return len(word) >= (4 if word.isascii() else 2) and word not in _COMMON


def _is_in(word: str, title: str, words: frozenset[str]) -> bool:
    """Whole words where words stand apart; in Japanese any part."""
    return word in words if word.isascii() else word in title
