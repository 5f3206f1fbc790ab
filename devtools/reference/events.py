"""List every type of event into ``docs/reference/events.md``."""

from audit.registry import GROUPS, EventType

HEAD = """# Events of the audit trail

Listed from the `events.py` of each app by `python manage.py generate_docs`; do not edit. *Details* are what
an event of this type keeps beside who, whose account, case, outcome, address, country, browser, session and
request; an event may keep more, and never a secret.
"""


def page() -> str:
    parts = [HEAD]
    for group in GROUPS:
        parts.append(f"\n## {group.title}\n\n| Event | Sentence | Details |\n|---|---|---|\n")
        parts += [row(kind) for kind in group.types]
    return "".join(parts)


def row(kind: EventType) -> str:
    said = " ".join([kind.title, *(str(note) for note in kind.notes.values())])
    details = ", ".join(f"`{key}`" for key in kind.keys)
    return f"| `{kind.name}` | {said} | {details} |\n"
