"""Links of this app's mails that name a row by a signature; what they may still do stands with the row."""

from django.core.signing import BadSignature, Signer

from accounts.links import absolute

_dispute = Signer(salt="recovery.dispute")


def dispute(dispute_id: int, address_id: int) -> str:
    """The page of a dispute, for who reads one address of the account."""
    return absolute("dispute_link", _dispute.sign(f"{dispute_id}-{address_id}"))


def read_dispute(token: str) -> tuple[int, int] | None:
    """The dispute, and the id of the address that the link went to."""
    try:
        first, _dash, second = _dispute.unsign(token).partition("-")
        return int(first), int(second)
    except (BadSignature, ValueError):
        return None
