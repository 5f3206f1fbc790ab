"""E-mail addresses: one normal form, by which they are kept, compared, counted and written to.

What people type comes in many spellings: full width, capitals, quotes, characters that nobody sees, domains
in their own script. :func:`normal` brings all that name one mailbox to one form, and refuses what no mail
can reach. ``tests/common/test_email_addresses.py`` is the table of cases.

Two spellings become one only where they reach one mailbox. So domains follow IDNA 2008: ``straße.de`` is
not ``strasse.de``, which somebody else may own. And dots in front of the ``@`` stay as they are.
"""

import re
import unicodedata

import idna
from django.utils.translation import gettext as _

from common.errors import Refusal
from common.text import ZWJ, ZWNJ, is_invisible, isolate, without_invisible

MAX_LENGTH = 254
MAX_LOCAL = 64
MAX_DOMAIN = 253
# RFC 5322's atext and the dot, anywhere: docomo and au gave out addresses such as foo..bar@ and foo.@.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DOTS = str.maketrans({"\u3002": "."})
_JOINERS = frozenset({ZWJ, ZWNJ})


class InvalidAddress(Refusal):
    """No mail can be sent to this address; the sentence says what to change."""


def tidy(typed: str) -> str:
    """What was typed, without what nobody sees: how an address is shown to who typed it."""
    if typed.isascii():
        return typed.strip()
    return "".join(char for char in typed if char in _JOINERS or not is_invisible(char)).strip()


def normal(typed: str) -> str:
    """The address as it is kept and compared, all of it ASCII. An address in normal form stays as it is.

    Raises:
        InvalidAddress: mail cannot be sent to it.
    """
    text = unicodedata.normalize("NFKC", tidy(typed)).strip()
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise InvalidAddress(not_an_address())
    address = f"{_local(local)}@{_domain(domain)}"
    if len(address) > MAX_LENGTH:
        raise InvalidAddress(_too_long())
    return address


def normal_or_none(typed: str) -> str | None:
    """The normal form, or None for what is no address: where somebody is looked for, and may not be there."""
    try:
        return normal(typed)
    except InvalidAddress:
        return None


def mask(address: str) -> str:
    """``hanako@example.jp`` as ``h••••o@example.jp``: enough to choose by, too little to write to.

    The number of dots is always the same, so that the length is not given away.
    """
    local, at, domain = address.partition("@")
    if len(local) < 3:
        return f"{local[:1]}••••{at}{domain}"
    return f"{local[0]}••••{local[-1]}{at}{domain}"


def _local(text: str) -> str:
    text = without_invisible(text)
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        text = re.sub(r"\\(.)", r"\1", quoted[1])
    if "@" in text or not text:
        raise InvalidAddress(not_an_address())
    if not _LOCAL.fullmatch(text):
        wrong = next(char for char in text if not _LOCAL.fullmatch(char))
        if wrong.isspace() or not wrong.isprintable():
            raise InvalidAddress(_("There’s a space or an invisible character before the @. Remove it."))
        raise InvalidAddress(
            _("We can’t send e-mail to an address with “%(sign)s” before the @. Check the address.")
            % {"sign": isolate(wrong)}
        )
    if len(text) > MAX_LOCAL:
        raise InvalidAddress(_too_long())
    return text.lower()


def _domain(text: str) -> str:
    text = _without_stray_joiners(text).translate(_DOTS)
    try:
        mapped = idna.uts46_remap(text, std3_rules=True, transitional=False)
        labels = [_label(label) for label in mapped.removesuffix(".").split(".")]
    except (idna.IDNAError, UnicodeError):
        raise InvalidAddress(_not_a_domain()) from None
    domain = ".".join(labels)
    if len(labels) < 2 or labels[-1].isdecimal() or len(domain) > MAX_DOMAIN:
        raise InvalidAddress(_not_a_domain())
    return domain


def _label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        if not _LABEL.fullmatch(label):
            raise idna.IDNAError(label)
        return label
    return idna.alabel(label).decode()


def _without_stray_joiners(text: str) -> str:
    """Some scripts cannot be written without joiners, and a domain may hang on one (RFC 5892, appendix A)."""
    return "".join(char for at, char in enumerate(text) if char not in _JOINERS or _joins(text, at))


def _joins(text: str, at: int) -> bool:
    try:
        return idna.valid_contextj(text, at)
    except ValueError:
        return False


def not_an_address() -> str:
    return _("Enter an e-mail address with an @, for example name@example.com.")


def _not_a_domain() -> str:
    return _(
        "We can’t send e-mail to an address with this ending. Check the part after "
        "the @, for example name@example.com."
    )


def _too_long() -> str:
    return _("This e-mail address is too long. Use up to 64 characters before the @, and 254 in total.")
