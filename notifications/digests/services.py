"""Notices that strangers can cause by the hundred, told without filling the mailbox.

Mails by the hundred hide the one that matters. The first notice of a kind goes at once, those that follow
within an hour are gathered in one mail for each address: a row that is due, and the sweep sends it. What an
owner must read now is never gathered (a change of sign-in details, a freeze, a restore): such mails are
queued as ever, and are on their way before the digest.
"""

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F

from common import clock, encryption
from notifications import value_types
from notifications.delivery import services as delivery
from notifications.digests import mails, policies
from notifications.models import Burst, Digest, DigestItem
from notifications.recipients import Recipient

Row = TypeVar("Row", Burst, Digest)


@transaction.atomic
def notify(
    message: str, recipient: Recipient, *, at: datetime, at_once: int = policies.AT_ONCE, **values: Any
) -> int | None:
    """Queue this notice, in the caller's transaction; None where it waits for the address's digest.

    ``at_once``: how many of this kind go one by one in an hour. ``values`` are those of the mail; a digest
    shows ``place``, ``browser`` and ``link``.
    """
    account = recipient.account
    assert account is not None, "a notice is about an account"
    if _count(message, account, recipient.address) <= at_once:
        return delivery.queue(message, recipient, at=at, **values)
    _gather(message, account, recipient, at, values)
    return None


def _count(message: str, account: int, address: str) -> int:
    """How many notices of this kind the address got lately, with this one. Others wait for the row."""
    now = clock.now()
    burst = _held(
        Burst(account=account, address=address, message=message, began_at=now),
        ["account", "address", "message"],
    )
    if burst.began_at <= now - policies.WINDOW:
        burst.began_at, burst.sent = now, 0
    burst.sent += 1
    burst.save(update_fields=["began_at", "sent"])
    return burst.sent


def _gather(message: str, account: int, recipient: Recipient, at: datetime, values: dict[str, Any]) -> None:
    digest = _held(
        Digest(
            account=account,
            address=recipient.address,
            language=recipient.language,
            zone=recipient.zone,
            due_at=clock.now() + policies.WINDOW,
        ),
        ["account", "address"],
    )
    if digest.items.count() >= policies.MAX_ITEMS:
        Digest.objects.filter(pk=digest.pk).update(more=F("more") + 1)
        return
    params = encryption.seal(value_types.pack(values))
    DigestItem.objects.create(digest=digest, message=message, at=at, params=params)


def _held(row: Row, unique: list[str]) -> Row:
    """The row with these values, made where there is none, and locked: one notice comes after the other."""
    rows = type(row).objects
    # An upsert, since whoever sends a digest deletes its row: then there is a new one.
    rows.bulk_create([row], update_conflicts=True, unique_fields=unique, update_fields=unique)
    return rows.select_for_update().get(**{name: getattr(row, name) for name in unique})


def send_due() -> int:
    """Queue the digests whose time has come; returns how many."""
    due = Digest.objects.filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(send(pk) for pk in due.values_list("pk", flat=True)[:100])


@transaction.atomic
def send(digest_id: int) -> bool:
    """Queue one digest and forget its items, together or not at all. False where another worker has it."""
    rows = Digest.objects.select_for_update(skip_locked=True)
    digest = rows.filter(pk=digest_id, due_at__lte=clock.now()).first()
    if digest is None:
        return False
    items = list(digest.items.order_by("-at", "-pk"))
    entries = _entries(items)
    shown = entries[: policies.MAX_ENTRIES]
    total = len(items) + digest.more
    mails.digest(
        Recipient(digest.address, digest.language, digest.zone, digest.account),
        count=total,
        entries=shown,
        more=total - sum(entry["times"] for entry in shown),
    )
    digest.delete()
    return True


def _entries(items: list[DigestItem]) -> list[dict[str, Any]]:
    """Newest first; those that only differ in time are one."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        values = encryption.unseal(item.params)
        told = {key: values.get(key) for key in ("place", "browser", "link")}
        entry = found.setdefault(
            f"{item.message} {told}", {"message": item.message, "at": item.at, "times": 0, **told}
        )
        entry["times"] += 1
        entry["first"] = item.at
    return list(found.values())


def forget_old_bursts() -> None:
    Burst.objects.filter(began_at__lte=clock.now() - policies.WINDOW).delete()
