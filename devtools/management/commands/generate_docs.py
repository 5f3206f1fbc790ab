"""Write what the documentation takes from the code: pages of ``docs/reference/``, the picture of imports."""

import re
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from devtools.reference import events, imports, mails, states
from devtools.reference import settings as settings_page

DOCS = Path(settings.BASE_DIR) / "docs"
PICTURE = re.compile(
    r"(?<=<!-- imports: written by manage.py generate_docs -->\n).*?(?=\n<!-- end -->)", re.DOTALL
)


def architecture() -> str:
    written = (DOCS / "architecture.md").read_text(encoding="utf-8")
    return PICTURE.sub(lambda _: imports.picture(), written)


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/states.md": states.page,
    "reference/events.md": events.page,
    "reference/mails.md": mails.page,
    "reference/settings.md": settings_page.page,
    "architecture.md": architecture,
}


class Command(BaseCommand):
    help = "Write the parts of docs/ that come from the code (--check: only compare)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when a page differs")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        with translation.override("en"):
            differing = [name for name, page in PAGES.items() if not self._is_written(name, page(), check)]
        if differing:
            pages = ", ".join(f"docs/{name}" for name in differing)
            raise CommandError(f"{pages}: not what the code says. Run manage.py generate_docs.")

    def _is_written(self, name: str, text: str, check: bool) -> bool:
        target = DOCS / name
        if check:
            return target.exists() and target.read_text(encoding="utf-8") == text
        target.write_text(text, encoding="utf-8")
        return True
