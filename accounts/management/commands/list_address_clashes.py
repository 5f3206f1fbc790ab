from typing import Any

from django.core.management.base import BaseCommand

from accounts.selectors import address_clashes
from common.email_addresses import mask


class Command(BaseCommand):
    help = (
        "List accounts whose addresses name one mailbox, or none that mail can reach. They were made before "
        "addresses had one normal form; nobody is merged: ask their owners for another address."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        clashes = address_clashes()
        for address, people in clashes:
            what = mask(address) if address else "no mail can reach"
            for number, stored in people:
                self.stdout.write(f"{what}: account {number}, kept as {mask(stored)}")
        self.stdout.write("There are no clashes." if not clashes else "")
