"""Whom a search means: by number, by an address that they have or had, or by a part of a name."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from audit import signals
from common.email_addresses import normal_or_none

MAX_PEOPLE = 20


def numbered(text: str) -> tuple[int, ...]:
    """Of ``7001, 7002`` the numbers; nothing where it is anything else."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and part.isascii() for part in parts):
        return ()
    numbers = tuple(int(part) for part in parts)[:MAX_PEOPLE]
    return numbers if all(number < 2**63 for number in numbers) else ()


def known_as(text: str) -> tuple[int, ...]:
    address = normal_or_none(text)
    named = Q(email=address) if address else Q(name__icontains=text) | Q(name_latin__icontains=text)
    people = get_user_model().objects.filter(named).order_by("pk")
    found: set[int] = set(people.values_list("pk", flat=True)[:MAX_PEOPLE])
    answers: list[tuple[Any, Any]] = signals.account_sought.send(sender=known_as, text=text)
    for _receiver, numbers in answers:
        found.update(numbers or ())
    return tuple(sorted(found)[:MAX_PEOPLE])
