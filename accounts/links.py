"""Whole addresses for mails, built from the configured origin and never from a request."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

_not_me = Signer(salt="accounts.not-me")
_not_me_session = Signer(salt="accounts.not-me-session")
_stop_email = Signer(salt="accounts.stop-email")


def absolute(name: str, *args: object) -> str:
    path: str = settings.ORIGIN + reverse(name, args=args)
    return path


def not_me(change_id: int) -> str:
    """The *This was not me* link of one change. Its age and what it may still do stand with the change."""
    return absolute("not_me_link", not_me_token(change_id))


def not_me_token(change_id: int) -> str:
    return _not_me.sign(str(change_id))


def not_me_session(session_id: UUID) -> str:
    """The *This was not me* link of a sign-in. What it may still do stands with the session."""
    return absolute("not_me_session_link", not_me_session_token(session_id))


def not_me_session_token(session_id: UUID) -> str:
    return _not_me_session.sign(session_id.hex)


def read_not_me_session(token: str) -> UUID | None:
    try:
        return UUID(_not_me_session.unsign(token))
    except (BadSignature, ValueError):
        return None


def stop_email(pending_id: int) -> str:
    """The link that cancels a change of address before it is confirmed."""
    return absolute("accounts:stop_email_link", _stop_email.sign(str(pending_id)))


def read_stop_email(token: str) -> int | None:
    return _read(_stop_email, token)


def read_not_me(token: str) -> int | None:
    return _read(_not_me, token)


def _read(signer: Signer, token: str) -> int | None:
    try:
        return int(signer.unsign(token))
    except (BadSignature, ValueError):
        return None
