"""Who can sign in to the demo right now, read from its tables: the story may have gone on since the start."""

import binascii
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.authenticators.totp import services as totp
from accounts.models import Authenticator, User
from accounts.selectors import waiting_changes
from common import clock
from common.encryption import Unreadable, unseal
from devtools.mailbox import data_folder
from devtools.personas import HANAKO, PEOPLE, THIEF_PASSWORD, Person
from devtools.story import totp_at, user_of


@dataclass(frozen=True)
class Entry:
    """``password`` is empty where somebody has chosen one that the demo does not know.

    ``old_totp`` is the present code of an authenticator that was taken out, ``recovery_code`` one that was
    shown when the account was made and may serve as evidence; ``valid_seconds`` is for both TOTP codes.
    """

    name: str
    role: str
    email: str
    former_email: str
    password: str
    totp: str
    old_totp: str
    recovery_code: str
    valid_seconds: int


def entries() -> list[Entry]:
    """Everybody of the story, in the order of the cast."""
    now = clock.now()
    kept = _recovery_codes()
    return [_entry(person, kept.get(person.email, []), now) for person in PEOPLE]


def as_json() -> str:
    return json.dumps([asdict(entry) for entry in entries()], ensure_ascii=False, indent=2)


def as_table() -> str:
    """The people as a table for a terminal, and what a claimant needs below it."""
    rows = entries()
    lines = [("who", "role", "sign in as", "password", "code now")]
    lines += [
        (row.name, row.role, row.email, row.password or "(changed since)", row.totp or "-") for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    text.append(f"(the codes change in {rows[0].valid_seconds} s: python manage.py people prints them again)")
    hanako = rows[0]
    if waiting := _waiting():
        text.append(
            f"\nSomebody abroad has asked for {waiting} changes to the account of {hanako.name}.\n"
            f"They wait for 24 hours. Open the newest mail to {hanako.email}, press *This was not me*,\n"
            "then enter the code that her authenticator shows."
        )
    if hanako.former_email:
        text.append(
            f"\n{hanako.name} was {hanako.former_email}; the thief has her account now. What she still has:\n"
            f"  her old authenticator shows  {hanako.old_totp or '-'}\n"
            f"  one of her recovery codes    {hanako.recovery_code or '-'}"
        )
    return "\n".join(text)


def _waiting() -> int:
    return len(waiting_changes(user_of(HANAKO).pk))


def _entry(person: Person, recovery_codes: list[str], now: datetime) -> Entry:
    user = user_of(person)
    device = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").last()
    known = (person.password, THIEF_PASSWORD) if person is HANAKO else (person.password,)
    return Entry(
        name=person.name_latin or person.name,
        role=user.role,
        email=user.email,
        former_email=person.email if user.email != person.email else "",
        password=next((password for password in known if user.check_password(password)), ""),
        totp=totp_at(device.bin_key, now) if device else "",
        old_totp=_old_totp(user, now),
        recovery_code=recovery_codes[0] if recovery_codes else "",
        valid_seconds=totp.STEP - int(now.timestamp()) % totp.STEP,
    )


def _old_totp(user: User, now: datetime) -> str:
    removed = Authenticator.objects.filter(user=user, kind="totp", sealed__isnull=False)
    oldest = removed.order_by("bound_at").first()
    if oldest is None:
        return ""
    try:
        return totp_at(binascii.unhexlify(unseal(oldest.sealed or b"")["key"]), now)
    except Unreadable:
        return ""  # a database that another data folder's keys have sealed


def _recovery_codes() -> dict[str, list[str]]:
    try:
        kept: dict[str, Any] = json.loads((data_folder() / "story.json").read_text())
    except FileNotFoundError:
        return {}
    found: dict[str, list[str]] = kept["recovery_codes"]
    return found
