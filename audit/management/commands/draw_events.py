"""List every type of event into ``docs/reference/events.md``."""

from django.utils import translation

from audit.registry import GROUPS, EventType
from common.reference import ReferenceCommand

HEAD = """# Events of the trail

Listed from the `events.py` of each app by `python manage.py draw_events`; do not edit. *Details* are what an
event of this type keeps beside who, whose account, case, outcome, address, country, browser, session and
request; an event may keep more, and never a secret.
"""


class Command(ReferenceCommand):
    help = "List the types of events into docs/reference/events.md (--check: only compare)."
    page = "events.md"

    def drawn(self) -> str:
        with translation.override("en"):
            parts = [HEAD]
            for group in GROUPS:
                parts.append(f"\n## {group.title}\n\n| Event | Sentence | Details |\n|---|---|---|\n")
                parts += [row(kind) for kind in group.types]
        return "".join(parts)


def row(kind: EventType) -> str:
    said = " ".join([kind.title, *(str(note) for note in kind.notes.values())])
    details = ", ".join(f"`{key}`" for key in kind.keys)
    return f"| `{kind.name}` | {said} | {details} |\n"
