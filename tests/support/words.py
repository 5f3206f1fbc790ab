"""The words of the pages in another language than English, in which the journeys are written."""

import re
from collections.abc import Sequence
from functools import cache

from babel.messages.catalog import Catalog

from devtools import catalogue

Words = str | re.Pattern[str]

PLACE = re.compile(r"%\\?\((?:\w+)\\?\)[sd]")


def in_language(english: str, language: str) -> Words:
    """What a page in ``language`` says where an English one says ``english``.

    A part of a sentence, or one with somebody's name filled in, becomes a pattern. A number is the same.

    Raises:
        LookupError: no page says that.
    """
    if language == "en" or not any(sign.isalpha() for sign in english):
        return english
    sentences = _sentences(language)
    if english in sentences:
        return sentences[english]
    # A part of sentences, else the sentence that is the same but for what it is filled with.
    found = [said for sentence, said in sentences.items() if english in sentence]
    if not found:
        filled = [one for one in sentences if PLACE.search(one) and _pattern(one).fullmatch(english)]
        found = [sentences[max(filled, key=len)]] if filled else []
    if not found:
        raise LookupError(f"There is no {language!r} for {english!r}.")
    return re.compile("|".join(_pattern(said).pattern for said in found))


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(PLACE.sub(".+", re.escape(sentence)), re.DOTALL)


@cache
def _sentences(language: str) -> dict[str, str]:
    kept: Catalog = catalogue.kept(language)
    return {_one(message.id): _one(message.string) for message in kept if message.id}


def _one(forms: str | Sequence[str] | None) -> str:
    """The sentence, or the last of its forms for a number."""
    return forms if isinstance(forms, str) else (forms or [""])[-1]
