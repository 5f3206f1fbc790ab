"""``manage.py story``: play the demo's history once."""

from typing import Any

from django.core.management.base import BaseCommand

from devtools import story


class Command(BaseCommand):
    help = "Play the demo's history into an empty portal; does nothing where it was played before."

    def handle(self, *args: Any, **options: Any) -> None:
        if story.is_played():
            return
        self.stdout.write("Playing the story, once ...")
        self.stdout.flush()
        story.play()
