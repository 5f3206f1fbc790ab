"""The words of the product: what ``docs/words.md`` calls bad is in no sentence that a person reads."""

import re
from collections.abc import Iterator, Sequence

import pytest

from devtools import catalogue
from tests.repository.test_settings import ROOT

PAGE = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
ENGLISH, _, JAPANESE = PAGE.partition("\n## Japanese\n")


def refused(part: str) -> list[str]:
    """The phrases in backticks of the first column of a table of bad and good."""
    table = part.rpartition("bad and good\n")[2]
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return [phrase for row in rows for phrase in re.findall(r"`([^`]+)`", row.split("|")[1])]


def forms(sentence: str | Sequence[str] | None) -> Iterator[str]:
    yield from [sentence] if isinstance(sentence, str) else sentence or ()


@pytest.fixture(scope="module")
def sentences() -> list[tuple[str, str]]:
    """Every sentence with its language."""
    messages = [message for message in catalogue.kept("ja") if message.id]
    return [
        *(("en", text) for message in messages for text in forms(message.id)),
        *(("ja", text) for message in messages for text in forms(message.string)),
    ]


def test_the_page_refuses_something_in_both_languages() -> None:
    assert len(refused(ENGLISH)) > 50
    assert len(refused(JAPANESE)) > 30


@pytest.mark.parametrize("phrase", refused(ENGLISH))
def test_no_english_sentence_says(phrase: str, sentences: list[tuple[str, str]]) -> None:
    bad = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
    assert [
        text for language, text in sentences if language == "en" and bad.search(text.replace("’", "'"))
    ] == []


@pytest.mark.parametrize("phrase", refused(JAPANESE))
def test_no_japanese_sentence_says(phrase: str, sentences: list[tuple[str, str]]) -> None:
    assert [text for language, text in sentences if language == "ja" and phrase in text] == []
