"""Whole addresses for mails, built from the configured origin and never from a request."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

_not_me = Signer(salt="accounts.not-me")


def absolute(name: str, *args: object) -> str:
    path: str = settings.ORIGIN + reverse(name, args=args)
    return path


def not_me(change_id: int) -> str:
    """The *This was not me* link of one change. Its age and what it may still do stand with the change."""
    return absolute("not_me_link", not_me_token(change_id))


def not_me_token(change_id: int) -> str:
    return _not_me.sign(str(change_id))


def read_not_me(token: str) -> int | None:
    try:
        return int(_not_me.unsign(token))
    except (BadSignature, ValueError):
        return None
