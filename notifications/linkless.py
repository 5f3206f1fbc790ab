"""Mails without links: what a link would open is opened by a code, typed at the portal's own address.

Who never follows a link in a mail cannot be led to a page that looks like ours. A mail is written so where
``LINKLESS_MAILS`` is on or its reader wants it so. That is decided when the mail is first written, and for
every mail alike: each link in its values becomes a code, which goes where the link would have gone, and no
further. So a code is spent when its link is, and does what the link does.

A code is 80 random bits. Its row keeps a keyed hash to find it by, and the page that it opens, encrypted by
the code itself: who reads the database, with every key of the settings, opens nothing by it.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from common import clock, codes, encryption
from common.errors import Stale
from notifications.models import Delivery, MailCode
from notifications.signals import linkless_asked

LENGTH = 16
"""80 bits."""
LIFE = timedelta(days=30)
"""A code of a link that does not say until when it works."""


@dataclass(frozen=True)
class Opened:
    """What a code opens: the path of its link, and of which mail to whom it was."""

    path: str
    message: str
    account: int | None
    case: int | None


def portal() -> str:
    """The portal's bare address, as it is typed: the only one in a mail without links."""
    return urlsplit(settings.ORIGIN).netloc


def is_wanted(delivery: Delivery) -> bool:
    """Does the portal, or the mail's reader, want no links in mails? The apps above know their people."""
    if settings.LINKLESS_MAILS:
        return True
    answers = linkless_asked.send(Delivery, account=delivery.account, address=delivery.address)
    return any(answer for _receiver, answer in answers)


@transaction.atomic
def prepare(delivery: Delivery) -> None:
    """Put codes in place of the links, once: a mail that is sent again carries the same ones.

    Raises:
        Stale: another worker has taken the mail over.
    """
    if delivery.linkless or not is_wanted(delivery):
        return
    assert delivery.params is not None, "a mail that is no longer owed is not written again"
    coded = _without_links(encryption.unseal(delivery.params), delivery)
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, linkless=False)
    if mine.exclude(params=None).update(linkless=True, params=encryption.seal(coded)) != 1:
        raise Stale("taken over")
    delivery.refresh_from_db()


def _without_links(value: Any, delivery: Delivery) -> Any:
    """Packed values (:mod:`notifications.value_types`) with a code for each link."""
    match value:
        case {"$page": str()}:
            return portal()
        case {"$link": str(address)}:
            until = datetime.fromisoformat(value["until"]) if "until" in value else clock.now() + LIFE
            return {"$code": _draw(delivery, address.removeprefix(settings.ORIGIN), until)}
        case dict():
            return {name: _without_links(item, delivery) for name, item in value.items()}
        case list():
            return [_without_links(item, delivery) for item in value]
    return value


def _draw(delivery: Delivery, path: str, until: datetime) -> str:
    code = codes.letters(LENGTH)
    MailCode.objects.create(
        digest=_digest(code, settings.SECRET_KEY),
        target=_box(code).encrypt(f"{delivery.message} {path}".encode()),
        message=delivery.message,
        account=delivery.account,
        case=delivery.case,
        made_at=clock.now(),
        expires_at=until,
    )
    return code


def plain(typed: str) -> str:
    """A code as somebody has typed it: any case, spacing, width, and letters that are mistaken for digits."""
    return codes.typed(typed).translate(codes.MISREAD)


def open_code(typed: str) -> Opened | None:
    """What this code opens; None for one that does not exist, is too old, or is not of the mail it names."""
    code = plain(typed)
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    row = MailCode.objects.filter(
        digest__in=[_digest(code, key) for key in keys], expires_at__gt=clock.now()
    ).first()
    if row is None:
        return None
    try:
        message, _blank, path = _box(code).decrypt(bytes(row.target)).decode().partition(" ")
    except InvalidToken:
        return None
    return Opened(path, message, row.account, row.case) if message == row.message else None


def forget_expired() -> None:
    MailCode.objects.filter(expires_at__lte=clock.now()).delete()


def _digest(code: str, key: str) -> str:
    return salted_hmac("notifications.code", code, secret=key, algorithm="sha256").hexdigest()


def _box(code: str) -> Fernet:
    """By the code alone, not by ``SECRET_KEY``: it opens after that has changed, too."""
    key = salted_hmac("notifications.code.target", code, secret=code, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
