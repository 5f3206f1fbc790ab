"""A name is known again in whatever way somebody writes down what they heard."""

import pytest

from common.spoken_names import is_name_of


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("sato", "Sato"),
        ("さとう", "Sato"),
        ("サトー", "Sato"),
        ("ｻﾄｳ", "Satō"),
        ("Satoh", "Sato"),
        ("佐藤さん", "佐藤 花子"),
        ("佐藤花子", "佐藤 花子"),
        ("Mr. Sato", "Ken Sato"),
        ("きょうこ", "Kyoko"),
        ("しょうじ", "Shoji"),
        ("つじ", "Tsuji"),
        ("ふじた", "Fujita"),
        ("はっとり", "Hattori"),
        ("じゅんいち", "Jun'ichi"),
        ("ほんま", "Homma"),
        ("ジェーン", "Jen"),
        ("ALICE", "Alice Brown"),
        ("رות", "رות"),
    ],
)
def test_it_is_the_name(heard: str, name: str) -> None:
    assert is_name_of(heard, name)


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Saito", "Sato"),
        ("さいとう", "Sato"),
        ("sa", "Sato"),
        ("Sato Alice", "Sato"),
        ("さん", "Sato"),
        ("...", "Sato"),
        ("Mr", "Mr Sato"),
        ("ito", "Ota"),
    ],
)
def test_it_is_another_name_or_none(heard: str, name: str) -> None:
    assert not is_name_of(heard, name)
