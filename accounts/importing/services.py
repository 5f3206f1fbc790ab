"""Accounts of another system, with their passwords' hashes. Nobody is told, and none signs in alone.

A batch is one transaction: people, addresses and events, or none of them. Addresses that are here already are
left alone, so a run that was interrupted is simply run again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import IntegrityError, transaction

from accounts import selectors
from accounts.importing.parsing import Entry, Rejected
from accounts.models import Identifier, ImportedPhone, User
from audit.recording import record, record_for_each
from common import clock, codes

BATCH = 1000
# Somebody may sign up with an address of a batch at the same moment. Each further try sees who did.
TRIES = 5


@dataclass
class Counts:
    imported: int = 0
    already_here: int = 0
    rejected: int = 0
    phones: int = 0


def run(source: Iterable[Entry | Rejected], counts: Counts) -> Iterator[Rejected]:
    """Import what can be imported, batch after batch, into ``counts``; yields what cannot."""
    entries = iter(source)
    # Of each address as much of its fingerprint as tells millions apart, and the line where it stood.
    seen: dict[bytes, int] = {}
    while chunk := list(islice(entries, BATCH)):
        batch = []
        for entry in chunk:
            rejected = entry if isinstance(entry, Rejected) else _repeated(entry, seen)
            if rejected:
                counts.rejected += 1
                yield rejected
            elif isinstance(entry, Entry):
                batch.append(entry)
        _import(batch, counts)


def _repeated(entry: Entry, seen: dict[bytes, int]) -> Rejected | None:
    mark = bytes.fromhex(codes.fingerprint(entry.address))[:12]
    first = seen.setdefault(mark, entry.line)
    if first == entry.line:
        return None
    return Rejected(entry.line, "email", f"the same address as in line {first}")


def _import(batch: list[Entry], counts: Counts) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            imported, phones = _create(batch)
        except IntegrityError:
            if not tries_left:
                raise
        else:
            counts.imported += imported
            counts.phones += phones
            counts.already_here += len(batch) - imported
            return


@transaction.atomic
def _create(batch: list[Entry]) -> tuple[int, int]:
    """Make the accounts of those whose address is free; returns how many, and how many phone numbers."""
    taken = selectors.taken_among([entry.address for entry in batch])
    free = [entry for entry in batch if entry.address not in taken]
    if not free:
        return 0, 0
    now = clock.now()
    people = User.objects.bulk_create(
        User(
            email=entry.address,
            password=entry.password,
            name=entry.name,
            name_latin=entry.name_latin,
            language=entry.language,
            zone=entry.zone,
            joined_at=now,
            imported_at=now,
        )
        for entry in free
    )
    Identifier.objects.bulk_create(
        Identifier(user=user, value=entry.address, typed=entry.typed, bound_at=now)
        for user, entry in zip(people, free, strict=True)
    )
    record_for_each("account.created", [user.pk for user in people], details={"how": "imported"})
    with_phone = [(user, entry.phone) for user, entry in zip(people, free, strict=True) if entry.phone]
    _keep_phones(with_phone)
    return len(people), len(with_phone)


def _keep_phones(numbers: list[tuple[User, str]]) -> None:
    """The one place that knows where the phone numbers of imported accounts go. They are not verified."""
    ImportedPhone.objects.bulk_create(ImportedPhone(user=user, number=number) for user, number in numbers)


@transaction.atomic
def finish(counts: Counts) -> None:
    """Record that the file was read to its end."""
    record(
        "accounts.imported",
        details={
            "imported": counts.imported,
            "already_here": counts.already_here,
            "rejected": counts.rejected,
        },
    )
