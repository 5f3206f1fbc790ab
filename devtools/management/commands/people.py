"""``manage.py people``: whom to sign in as, with fresh codes."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from devtools import people, story


class Command(BaseCommand):
    help = "Print the people of the demo with their passwords and present codes. Refuses outside the demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The people and their codes exist in the demo only.")
        try:
            if not story.is_played():
                raise CommandError("The story has not been played here: make demo")
            self.stdout.write(people.as_json() if options["json"] else people.as_table())
        except DatabaseError as error:
            raise CommandError("The demo's database does not answer. Is it running? make demo") from error
