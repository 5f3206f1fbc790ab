"""The words to translate: gathered from the code and the templates into ``locale/<language>``, and checked.

Babel reads, writes and compiles the catalogues, Django turns templates into something it can read; GNU
gettext is not needed.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import templatize

CODE = ("accounts", "audit", "common", "notifications", "portal", "recovery", "telephony")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd]")
LANGUAGES = ("ja",)  # English stands in the code


def path_of(language: str) -> Path:
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def gathered() -> Catalog:
    """Every sentence of the code and the templates, without translations."""
    template = Catalog(charset="utf-8")
    for path in _sources():
        name = str(path.relative_to(settings.BASE_DIR))
        for line, sentence, comments, context in _sentences(path, name):
            template.add(sentence, None, [(name, line)], auto_comments=comments, context=context)
    return template


def kept(language: str) -> Catalog:
    """The catalogue as it lies in the tree; an empty one where there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def renew(language: str) -> Catalog:
    """Bring the catalogue up to date: translations are kept, new sentences wait empty, old ones go."""
    fresh = _as_file(gathered())
    catalogue = kept(language)
    catalogue.update(fresh, no_fuzzy_matching=True)
    catalogue.fuzzy = False
    catalogue.project = "orikaeshi"
    catalogue.header_comment = (
        f"# The portal's words in {language}. `make messages` keeps this file up to date."
    )
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    path.write_text(_without_dates(path.read_text()))
    return catalogue


def compile_one(language: str) -> None:
    """Write the ``.mo`` file that Django reads."""
    with path_of(language).with_suffix(".mo").open("wb") as file:
        write_mo(file, kept(language))


def problems(language: str) -> Iterator[str]:
    """What keeps the catalogue from being complete and right, as sentences."""
    catalogue = kept(language)
    wanted = {(message.id, message.context) for message in gathered() if message.id}
    have = {(message.id, message.context) for message in catalogue if message.id}
    for sentence, _context in sorted(wanted - have, key=str):
        yield f"{language}: not in the catalogue: {sentence!r}"
    for sentence, _context in sorted(have - wanted, key=str):
        yield f"{language}: no longer used: {sentence!r}"
    for message in catalogue:
        if not message.id:
            continue
        if message.fuzzy or not is_translated(message):
            yield f"{language}: not translated: {message.id!r}"
        elif placeholders(message.string or "") != placeholders(message.id):
            yield f"{language}: other placeholders: {message.id!r}"


def is_translated(message: Message) -> bool:
    """Whether every form of the sentence has its words."""
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def placeholders(sentence: str | Sequence[str]) -> set[str]:
    """The names that a sentence, in all its forms, lets the code fill in."""
    forms = [sentence] if isinstance(sentence, str) else sentence
    return {name for form in forms for name in PLACEHOLDER.findall(form)}


def _sources() -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    for app in CODE:
        yield from sorted((base / app).rglob("*.py"))
    for path in sorted((base / "templates").rglob("*")):
        # The page of components speaks to developers.
        if path.suffix in {".html", ".txt"} and "devtools" not in path.parts:
            yield path


def _sentences(path: Path, name: str) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if path.suffix != ".py":
        # What is left of the template around the sentences has no indentation that Python would accept.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=name).splitlines())
    yield from extract("python", BytesIO(text.encode()), KEYWORDS, ("Translators:",))


def _as_file(catalogue: Catalog) -> Catalog:
    """Once written and read: duplicates are merged as they will be in the tree."""
    buffer = BytesIO()
    write_po(buffer, catalogue, omit_header=True)
    buffer.seek(0)
    return read_po(buffer)


def _without_dates(text: str) -> str:
    """Dates and versions in the header would make every renewal a change."""
    noise = (
        "POT-Creation",
        "PO-Revision",
        "Generated-By",
        "Last-Translator",
        "Language-Team",
        "Report-Msgid",
    )
    return "\n".join(line for line in text.splitlines() if not line.lstrip('"').startswith(noise)) + "\n"
