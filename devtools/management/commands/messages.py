"""``manage.py messages``: gather the words to translate, check them, compile them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from devtools import catalogue


class Command(BaseCommand):
    help = (
        "Bring locale/ up to date with the code. --check changes nothing and fails where words are missing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="fail where a translation is missing or outdated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for language in catalogue.LANGUAGES:
            if options["check"]:
                found = list(catalogue.problems(language))
                if found:
                    raise CommandError(
                        "\n".join([*found, f"{len(found)} problems: make messages, then translate."])
                    )
                self.stdout.write(f"{language}: every sentence is translated.")
                continue
            renewed = catalogue.renew(language)
            catalogue.compile_one(language)
            waiting = sum(message.id != "" and not catalogue.is_translated(message) for message in renewed)
            self.stdout.write(f"{language}: {len(renewed)} sentences, {waiting} wait for their translation.")
