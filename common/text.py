"""Text that people type: what is invisible in it, names, and lines of free text.

Three kinds of characters do harm. Control characters break lines and columns, and PostgreSQL takes no NUL.
Direction marks and overrides turn round what stands beside them. Ignorable characters are not seen, so that
two words look alike and are not.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from common.errors import Refusal

ZWNJ, ZWJ = "\u200c", "\u200d"
# Bidirectional classes that turn nothing round: letters from left to right, figures, signs, blanks, marks.
_LEFT_TO_RIGHT = frozenset(["L", "EN", "ES", "ET", "CS", "NSM", "BN", "WS", "ON", "B", "S"]) | {""}
# Unicode's default ignorable code points that are letters or marks by category; the rest is Cf.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_BLANK = "\u2800"  # a braille cell without a dot: a symbol by category, nothing to the eye
# What scripts and pictures need to be written: the joiners, and the sign that makes a picture of a character.
_NEEDED = frozenset({ZWNJ, ZWJ, "\ufe0e", "\ufe0f"})


class UnreadableName(Refusal):
    """There is nothing in it to read, or something that no name has; the sentence says what to do."""


def is_invisible(char: str) -> bool:
    return char > "\x7f" and (unicodedata.category(char) == "Cf" or bool(_IGNORABLE.match(char)))


def without_invisible(text: str) -> str:
    return text if text.isascii() else "".join(char for char in text if not is_invisible(char))


def _tidy(text: str) -> str:
    """Without what nobody sees, but for joiners and picture signs where a script or a picture needs them."""
    if text.isascii():
        return text
    kept = ""
    for char in text:
        if not is_invisible(char) or (char in _NEEDED and kept[-1:] > "\x7f"):
            kept += char
    return kept.rstrip(ZWNJ + ZWJ)


def is_control(char: str) -> bool:
    """Also halves of surrogate pairs: they come from bytes that are no text, and no database takes them."""
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")


def clean_name(text: str) -> str:
    """The name of a person or a thing on one line: no invisible characters but those that scripts need.

    Raises:
        UnreadableName: nothing would be seen of it, or it has control characters.
    """
    if any(is_control(char) for char in text.strip()):
        raise UnreadableName(
            _("This contains characters that can’t be used in a name. Type it instead of pasting it.")
        )
    name = " ".join(_tidy(unicodedata.normalize("NFC", text)).split())
    if not any(_is_seen(char) for char in name):
        raise UnreadableName(_("This name has no visible characters. Use letters or digits."))
    return name


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and not is_invisible(char) and char != _BLANK


def clean_lines(text: str) -> str:
    """Free text: lines and tabs stay, other control characters and marks of direction go."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = "".join(char for char in lines if char in "\n\t" or not is_control(char))
    return _tidy(kept).strip()


def mask_name(name: str) -> str:
    """``Jiro Tanaka`` as ``J… T…``: enough for who knows the person, and for nobody else."""
    return " ".join(f"{part[:1]}…" for part in name.split())


def isolate(name: str) -> str:
    """``name`` between isolates where it is written from right to left, so that it turns round only itself.

    For sentences that are put together as text, in pages and in mails alike; a template has ``|isolated``.
    """
    if any(unicodedata.bidirectional(char) not in _LEFT_TO_RIGHT for char in name):
        return f"\u2068{name}\u2069"
    return name
