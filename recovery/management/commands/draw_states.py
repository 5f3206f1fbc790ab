"""Draw the tables of ``recovery.states`` into ``docs/reference/states.md``."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recovery import states

TARGET = Path(settings.BASE_DIR) / "docs" / "reference" / "states.md"
HEAD = """# States and moves

Drawn from `recovery/states.py` by `python manage.py draw_states`; do not edit. Each move is one guarded
update and leaves one event in the trail.
"""


class Command(BaseCommand):
    help = "Draw the state tables into docs/reference/states.md (--check: only compare)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the drawn page differs")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        drawn = HEAD + "".join(diagram(name, table) for name, table in states.TABLES.items())
        if not check:
            TARGET.parent.mkdir(parents=True, exist_ok=True)
            TARGET.write_text(drawn, encoding="utf-8")
        elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != drawn:
            raise CommandError(
                "docs/reference/states.md is not what the tables say: run manage.py draw_states"
            )


def diagram(name: str, table: Mapping[Any, frozenset[Any]]) -> str:
    """One Mermaid state diagram; the first state of the table is where a row begins."""
    lines = [f"\n## {name}\n", "```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(table))}"]
    for source, targets in table.items():
        lines += [f"    {source} --> {target}" for target in sorted(targets)]
        if not targets:
            lines.append(f"    {source} --> [*]")
    return "\n".join([*lines, "```\n"])
