"""List every setting into ``docs/reference/settings.md``, from the explained example."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

HEAD = """# Settings

Listed from `.env.example` by `python manage.py generate_docs`; do not edit. All settings are environment
variables. One without a value must be set, unless its explanation says otherwise; nonsense stops the start.
"""
HEADING = re.compile(r"# --- (.+?) -+$")


@dataclass
class Entry:
    """Variables that stand under one comment."""

    words: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)

    def row(self) -> str:
        names = "<br>".join(f"`{variable}`" for variable in self.variables)
        return f"| {names} | {' '.join(self.words)} |\n"


def page() -> str:
    example = (Path(settings.BASE_DIR) / ".env.example").read_text(encoding="utf-8")
    parts = [HEAD]
    for title, entries in groups(example):
        parts.append(f"\n## {title}\n\n| Variable and example | What it does |\n|---|---|\n")
        parts += [entry.row() for entry in entries]
    return "".join(parts)


def groups(example: str) -> Iterator[tuple[str, list[Entry]]]:
    """The groups of the example, each with its entries; a variable without a comment joins the one above."""
    title, entries = "", [Entry()]
    for line in example.splitlines():
        if heading := HEADING.match(line):
            if title:
                yield title, [entry for entry in entries if entry.variables]
            title, entries = heading.group(1), [Entry()]
        elif line.startswith("#"):
            if entries[-1].variables:
                entries.append(Entry())
            entries[-1].words.append(line.lstrip("# "))
        elif line:
            entries[-1].variables.append(line)
    yield title, [entry for entry in entries if entry.variables]
