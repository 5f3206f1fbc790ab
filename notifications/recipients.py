"""Whom a mail is for, and in which words and time it is written."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipient:
    """``language`` is ``en`` or ``ja``, ``zone`` an IANA name; ``account`` and ``case`` are for the trail."""

    address: str
    language: str
    zone: str
    account: int | None = None
    case: int | None = None
