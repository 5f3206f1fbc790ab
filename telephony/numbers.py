"""Telephone numbers: understood in any spelling, kept as E.164, called only where the settings allow it.

The allow-list is of regions *and* kinds. A block-list of premium numbers would not do: +1 876 (Jamaica)
and satellite telephones look like ordinary mobiles.
"""

import unicodedata

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from common.errors import Refusal
from common.text import without_invisible

CALLABLE_TYPES = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
# Hidden digits that a mask must leave: fewer, and the number could be tried out.
MIN_HIDDEN = 6
# Signs that say something in a number: its country, an extension, the parts of a "tel:" address.
_MEANT = frozenset("+()#;=:")


class InvalidNumber(Refusal):
    """This number cannot be called; the sentence says what to change."""


def parse(text: str, region: str = "JP") -> str:
    """A number as somebody typed it, as E.164: ``０９０－１２３４－５６７８`` gives ``+819012345678``.

    ``region`` is where a number without ``+`` is dialled from. ``00`` is read as ``+`` also where one dials
    something else for it: half the world writes its numbers so.

    Raises:
        InvalidNumber: it is no number, or none that we call.
    """
    number = _understood(text, region)
    if phonenumbers.region_code_for_number(number) not in settings.CALL_REGIONS:
        raise InvalidNumber(_("We can’t call numbers in this country yet. Enter a different number."))
    if phonenumbers.number_type(number) not in CALLABLE_TYPES:
        raise InvalidNumber(
            _("We can call only mobile, landline and internet phone numbers. Enter one of these.")
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def normal(text: str, region: str = "JP") -> str:
    """As :func:`parse`, for a number that nobody is about to call: of any country and kind.

    Raises:
        InvalidNumber: it is no number.
    """
    return phonenumbers.format_number(_understood(text, region), PhoneNumberFormat.E164)


def region(e164: str) -> str:
    """The region that a number is of: ``JP``."""
    return phonenumbers.region_code_for_number(_known(e164)) or ""


def _understood(text: str, region: str) -> PhoneNumber:
    plain = _plain(text).lstrip("( ")
    number = _read(plain, region)
    if number is None and plain.startswith("00"):
        number = _read("+" + plain.removeprefix("00"), region)
    if number is None:
        raise InvalidNumber(_not_a_number())
    if number.extension:
        raise InvalidNumber(_("We can’t dial extensions. Enter a number that rings directly."))
    return number


def _plain(text: str) -> str:
    """ASCII digits and blanks between them: people use whatever stroke, dot or wave their keyboard has."""
    visible = without_invisible(unicodedata.normalize("NFKC", text))
    return "".join(
        str(unicodedata.decimal(char))
        if char.isdecimal()
        else char
        if unicodedata.category(char) in ("Lu", "Ll", "Lo") or char in _MEANT
        else " "
        for char in visible
    ).strip()


def _read(plain: str, region: str) -> PhoneNumber | None:
    """The number, if it is one that exists; with an extension it is told apart by :func:`parse`."""
    try:
        number = phonenumbers.parse(plain, region)
    except NumberParseException:
        return None
    return number if number.extension or phonenumbers.is_valid_number(number) else None


def is_callable(e164: str) -> bool:
    """Whether :func:`parse` would let this number through, for example after the settings have changed."""
    try:
        return parse(e164, region="ZZ") == e164
    except InvalidNumber:
        return False


def pretty(e164: str, country: str = "") -> str:
    """``+81 90 1234 5678``: how a number is shown to whom it belongs, and to the agent who dials it.

    To somebody in the ``country`` of the number as it is written there: ``090-1234-5678``.
    """
    number = _known(e164)
    if country and phonenumbers.region_code_for_number(number) == country:
        return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return "".join(char if char in "+0123456789" else " " for char in written)


def mask(e164: str) -> str:
    """``+81 90 •••• ••78``: enough to recognise one's own number, too little to learn another's."""
    country, *groups = pretty(e164).split(" ")
    digits = sum(map(len, groups))
    shown_first = len(groups[0]) if digits - len(groups[0]) - 2 >= MIN_HIDDEN else 0
    masked, position = [], 0
    for group in groups:
        kept = ""
        for digit in group:
            kept += digit if position < shown_first or position >= digits - 2 else "•"
            position += 1
        masked.append(kept)
    return " ".join([country, *masked])


def link(e164: str) -> str:
    """``tel:+819012345678``: what a telephone, or a program that has one, dials when it is pressed."""
    return phonenumbers.format_number(_known(e164), PhoneNumberFormat.RFC3966).replace("-", "")


def _known(e164: str) -> PhoneNumber:
    return phonenumbers.parse(e164)


def _not_a_number() -> str:
    return _("Enter a phone number, for example 090 1234 5678.")
