from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.pages.services import create_staff
from accounts.roles import Role
from common.errors import Refusal
from common.fields import LatinNameField, NameField


class Command(BaseCommand):
    help = "Make the account of a member of staff and mail them a link to choose their password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", type=str)
        parser.add_argument("--name", required=True, help="as it is written, perhaps in Japanese")
        parser.add_argument("--name-latin", default="", help="in Latin letters, where that is another")
        parser.add_argument(
            "--role", choices=[role for role in Role.values if role != Role.USER], required=True
        )
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")
        parser.add_argument(
            "--speaks", default="", help="languages for calls, as in ja,en (default: --language)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = create_staff(
                email=options["email"],
                name=NameField(max_length=80).clean(options["name"]),
                name_latin=LatinNameField().clean(options["name_latin"]),
                role=Role(options["role"]),
                language=options["language"],
                languages=tuple((options["speaks"] or options["language"]).split(",")),
            )
        except (Refusal, ValidationError) as refusal:
            words = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
            raise CommandError(" ".join(words)) from refusal
        self.stdout.write(f"{user} ({user.role}): a link to choose a password is on its way to {user.email}.")
