"""A number in any spelling is understood; only what the settings allow is called."""

import pytest
from phonenumbers import PhoneNumberType

from common.errors import Refusal
from telephony import numbers
from telephony.numbers import InvalidNumber

HERS = "+819012345678"


@pytest.mark.parametrize(
    "typed",
    [
        "090-1234-5678",
        "09012345678",
        "090 1234 5678",
        "０９０－１２３４－５６７８",
        "０９０ー１２３４ー５６７８",
        "(090)1234−5678",
        "+81 90-1234-5678",
        "＋８１ ９０ １２３４ ５６７８",
        "+81 (0)90 1234 5678",
        "  tel:+81-90-1234-5678 ",
        "090ｰ1234ｰ5678",
        "090─1234─5678",
        "090━1234━5678",
        "０９０・１２３４・５６７８",
        "090･1234･5678",
        "090\u200e-1234-5678",
        "\u202a+81 90 1234 5678\u202c",
        "090〜1234〜5678",
        "090～1234～5678",
        "090‐1234‑5678",
        "090.1234.5678",
        "090/1234/5678",
        "090_1234_5678",
        "090\u30001234\u00a05678",
        "٠٩٠-١٢٣٤-٥٦٧٨",
        "०९० १२३४ ५६७८",
        "0081 90 1234 5678",
        "００８１ー９０ー１２３４ー５６７８",
        "0081-090-1234-5678",
        "(0081) 90 1234 5678",
        "010 81 90 1234 5678",
        "010-81-90-1234-5678",
        "+81 090 1234 5678",
        "81 90 1234 5678",
    ],
)
def test_any_spelling_is_understood(typed):
    assert numbers.parse(typed) == HERS


def test_a_number_of_abroad_is_understood_by_its_00():
    assert numbers.parse("0044 20 7946 0958") == "+442079460958"
    assert numbers.parse("0081 90 1234 5678", region="US") == HERS


def test_a_number_without_its_country_is_read_where_it_is_dialled():
    assert numbers.parse("020 7946 0958", region="GB") == "+442079460958"


@pytest.mark.parametrize(
    "typed", ["", " ", "abc", "110", "119", "090", "090-1234-567", "0" * 300, "'; --", "\x00"]
)
def test_what_is_no_number_is_refused_with_a_sentence(typed):
    with pytest.raises(InvalidNumber, match="Enter a phone number, for example"):
        numbers.parse(typed)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("0120-123-456", "We can call only mobile"),  # free of charge for the caller, not for us
        ("0570-000-123", "We can call only mobile"),
        ("0990-123-456", "We can call only mobile"),
        ("+1 900 555 0100", "We can call only mobile"),
        ("+1 876 555 1234", "this country"),  # Jamaica: looks like any mobile of +1
        ("+8816 1234 5678", "this country"),  # satellite: comes out as a mobile
        ("+870 773 123 456", "this country"),
        ("+7 912 345 67 89", "this country"),
        ("090-1234-5678 ext 12", "extensions"),
    ],
)
def test_what_would_cost_or_mislead_is_refused(typed, why):
    with pytest.raises(InvalidNumber, match=why):
        numbers.parse(typed)


@pytest.mark.parametrize("typed", ["03-1234-5678", "050-1234-5678", "+1 202 555 0143", "+65 8123 4567"])
def test_landlines_internet_phones_and_other_allowed_countries_are_called(typed):
    assert numbers.is_callable(numbers.parse(typed))


def test_the_settings_decide_about_countries(settings):
    settings.CALL_REGIONS = ["US"]
    assert not numbers.is_callable(HERS)


def test_the_allow_list_of_kinds_is_closed():
    assert {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.UNKNOWN,
    }.isdisjoint(numbers.CALLABLE_TYPES)


def test_a_refusal_is_one_that_views_know():
    assert issubclass(InvalidNumber, Refusal)


@pytest.mark.parametrize(
    ("number", "shown", "masked"),
    [
        (HERS, "+81 90 1234 5678", "+81 90 •••• ••78"),
        ("+81312345678", "+81 3 1234 5678", "+81 3 •••• ••78"),
        ("+12025550143", "+1 202 555 0143", "+1 ••• ••• ••43"),
        ("+6581234567", "+65 8123 4567", "+65 •••• ••67"),
    ],
)
def test_it_is_shown_and_masked(number, shown, masked):
    assert numbers.pretty(number) == shown
    assert numbers.mask(number) == masked
    assert masked.count("•") >= numbers.MIN_HIDDEN


@pytest.mark.parametrize(
    ("number", "country", "shown"),
    [
        (HERS, "JP", "090-1234-5678"),
        ("+81 3 5550 0100", "JP", "03-5550-0100"),
        ("+81 3 5550 0100", "DE", "+81 3 5550 0100"),
        ("+12025550143", "US", "(202) 555-0143"),
        ("+12025550143", "CA", "+1 202 555 0143"),  # one code for both, and two countries
    ],
)
def test_who_is_in_its_country_reads_it_as_it_is_written_there(number, country, shown):
    assert numbers.pretty(number, country) == shown


def test_the_link_is_what_a_telephone_dials():
    assert numbers.link(HERS) == "tel:+819012345678"
