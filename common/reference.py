"""Pages of ``docs/reference/`` that are drawn from the code, and held to it by ``--check``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class ReferenceCommand(BaseCommand):
    """A command that draws one page; with ``--check`` it only compares, and fails where they differ."""

    page: ClassVar[str]
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when the drawn page differs")

    def drawn(self) -> str:
        """The whole page as Markdown."""
        raise NotImplementedError

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        target = Path(settings.BASE_DIR) / "docs" / "reference" / self.page
        text = self.drawn()
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            name = type(self).__module__.rpartition(".")[2]
            raise CommandError(f"docs/reference/{self.page} is not what the code says: run manage.py {name}")
