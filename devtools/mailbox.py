"""Reading the mails that :mod:`devtools.smtp` has kept."""

import email
import email.policy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Letter:
    """One kept mail. ``name`` identifies it; ``message`` has the headers."""

    name: str
    at: datetime
    to: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def sender(self) -> str:
        return str(self.message["From"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part else ""


def data_folder() -> Path:
    """Where the demo or the test run keeps its data: ``DATA_DIR``, else ``.data`` in the tree."""
    return Path(os.environ.get("DATA_DIR") or ROOT / ".data").resolve()


def folder() -> Path:
    return data_folder() / "mail"


def letters(kept_in: Path | None = None) -> Iterator[Letter]:
    """All kept mails, the newest first by the date that they bear, then by their arrival."""
    found = [_read(path) for path in (kept_in or folder()).glob("*.eml")]
    yield from sorted(found, key=lambda letter: (letter.at, letter.name), reverse=True)


def letter(name: str) -> Letter | None:
    """The mail of that name, or None; a name that is no name of ours finds nothing."""
    path = folder() / f"{name}.eml"
    if not name.replace("-", "").isalnum() or not path.is_file():
        return None
    return _read(path)


def _read(path: Path) -> Letter:
    message = email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)
    at = parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
    return Letter(path.stem, at, tuple(map(str, message.get_all("X-Envelope-To", []))), message)
