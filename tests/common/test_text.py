"""Names that can be read and turn nothing round, and free text that pages and the database can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import UnreadableName, clean_lines, clean_name, is_control, isolate


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Hanako Mori", "Hanako Mori"),
        ("  Hanako \u3000 Mori ", "Hanako Mori"),
        ("森 花子", "森 花子"),
        ("か\u3099く", "がく"),
        ("Jo\u0308rg", "Jörg"),
        ("O'Neil-Łukasz 3.", "O'Neil-Łukasz 3."),
        ("سارة", "سارة"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🔧 Kai", "👩\u200d🔧 Kai"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("𠮷野", "𠮷野"),
        # What nobody sees goes.
        ("Ha\u200bna\u00adko", "Hanako"),
        ("Ha\u200dna\u200cko", "Hanako"),
        ("\ufeffHanako\u2060", "Hanako"),
        ("Hanako\u3164", "Hanako"),
        # So do overrides and marks of direction.
        ("\u202eHanako\u202c", "Hanako"),
        ("\u2066Hanako\u2069\u200f", "Hanako"),
    ],
)
def test_a_name_is_kept_as_it_is_read(typed, name):
    assert clean_name(typed) == name
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "\u3000\u00a0",
        "\u200b\u2060",
        "\u200d",
        "\u3164",
        "\u115f\u1160",
        "\uffa0",
        "\u2800\u2800",
        "\ufe0f",
        "\u0301\u0302",
        "\u202e",
        "\U000e0041",
    ],
    ids=ascii,
)
def test_a_name_of_which_nothing_is_seen_is_refused(typed):
    with pytest.raises(UnreadableName, match="This name has no visible characters"):
        clean_name(typed)


@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b", "\n", "\r", "\t", "\x85", "\u2028", "\ud800"], ids=ascii
)
def test_a_name_with_control_characters_is_refused(sign):
    with pytest.raises(UnreadableName, match="can’t be used in a name"):
        clean_name(f"Hana{sign}ko")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("one\u2028two", "one\ntwo"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("a\u202eb\u200bc", "abc"),
        ("\x00", ""),
        ("علی\u200cرضا\n👩\u200d🔧", "علی\u200cرضا\n👩\u200d🔧"),
    ],
)
def test_free_text_keeps_its_lines_and_loses_what_no_page_can_show(typed, kept):
    assert clean_lines(typed) == kept


@given(st.text(max_size=60))
def test_what_was_cleaned_once_is_clean(text):
    lines = clean_lines(text)
    assert clean_lines(lines) == lines
    assert not any(is_control(char) for char in lines.replace("\n", "").replace("\t", ""))
    try:
        name = clean_name(text)
    except UnreadableName:
        return
    assert clean_name(name) == name
    assert not any(is_control(char) for char in name)


@pytest.mark.parametrize("name", ["Hanako Mori", "森 花子", "Jörg 3.", "👩\u200d🔧 Kai", ""])
def test_a_name_from_left_to_right_stands_in_a_sentence_as_it_is(name):
    assert isolate(name) == name


@pytest.mark.parametrize("name", ["سارة", "רות", "Kai שלום", "\u202eevil"])
def test_a_name_from_right_to_left_turns_round_only_itself(name):
    assert isolate(name) == f"\u2068{name}\u2069"
