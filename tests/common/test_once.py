"""What a page reads once, and what decides reads anew."""

import pytest

from common import once

calls: list[tuple[int, str]] = []


@once.once
def read(number: int, *, word: str = "") -> int:
    calls.append((number, word))
    return number


@pytest.fixture(autouse=True)
def nothing_read_yet() -> None:
    calls.clear()


def test_inside_it_is_read_once_for_each_arguments() -> None:
    with once.reading():
        assert [read(1), read(1), read(2), read(1, word="a"), read(1, word="a")] == [1, 1, 2, 1, 1]
    assert calls == [(1, ""), (2, ""), (1, "a")]


def test_outside_and_on_the_next_page_it_is_read_anew() -> None:
    for _page in range(2):
        with once.reading():
            read(1)
    read(1)
    read(1)
    assert len(calls) == 4


def test_a_page_that_fails_leaves_nothing_behind() -> None:
    @once.reading()
    def page() -> None:
        read(1)
        raise ValueError

    with pytest.raises(ValueError):
        page()
    read(1)
    assert len(calls) == 2
