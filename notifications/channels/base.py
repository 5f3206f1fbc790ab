"""What every channel takes and how it fails. Retrying is not a channel's business."""

from dataclasses import dataclass


class ChannelError(Exception):
    """Not delivered. ``permanent``: asking again will not help, for example no such mailbox.

    ``away``: it is the server that takes nothing now, so other mails need not be tried either.
    """

    def __init__(self, message: str, *, permanent: bool, away: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.away = away


@dataclass(frozen=True)
class Envelope:
    address: str
    language: str
    message_id: str
    subject: str
    text: str
    html: str
