"""Draw the tables of ``recovery.states`` into ``docs/reference/states.md``."""

from collections.abc import Mapping
from typing import Any

from recovery import states

HEAD = """# States and transitions

Generated from `recovery/states.py` by `python manage.py generate_docs`; do not edit. Each transition is one
guarded update whose row count says who won.
"""


def page() -> str:
    return HEAD + "".join(diagram(name, table) for name, table in states.TABLES.items())


def diagram(name: str, table: Mapping[Any, frozenset[Any]]) -> str:
    """One Mermaid state diagram; the first state of the table is where a row begins."""
    lines = [f"\n## {name}\n", "```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(table))}"]
    for source, targets in table.items():
        lines += [f"    {source} --> {target}" for target in sorted(targets)]
        if not targets:
            lines.append(f"    {source} --> [*]")
    return "\n".join([*lines, "```\n"])
