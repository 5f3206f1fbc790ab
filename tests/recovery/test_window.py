"""Where a takeover begins and ends, on tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from recovery.window import Act, find

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
HOME, PHONE = ("JP", "Chrome, Windows"), ("JP", "Mobile Safari, iOS")
THIEF = ("RO", "Firefox, Linux")


def act(ago: timedelta, session: str, place: tuple[str, str], *, change: bool = False) -> Act:
    return Act(at=NOW - ago, session=session, country=place[0], browser=place[1], is_change=change)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


USUAL = [
    act(days(60), "a", HOME),
    act(days(40), "b", PHONE),
    act(days(9), "c", HOME),
    act(days(2), "d", PHONE),
]
TAKEOVER = [
    act(minutes(15), "t", THIEF),
    act(minutes(14), "t", THIEF, change=True),
    act(minutes(13), "t", THIEF, change=True),
]


def test_hanakos_takeover_begins_with_the_strange_sign_in_and_ends_with_the_last_change() -> None:
    window = find([*USUAL, *TAKEOVER], now=NOW)
    assert window is not None
    assert window.start == NOW - minutes(15)
    assert window.end == NOW - minutes(13)
    assert window.sessions == {"t"}


def test_the_order_in_which_acts_are_given_does_not_matter() -> None:
    assert find([*TAKEOVER[::-1], *USUAL], now=NOW) == find([*USUAL, *TAKEOVER], now=NOW)


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param([], id="nothing happened yet"),
        pytest.param([act(days(1), "a", HOME)], id="the first sign-in is usual by definition"),
        pytest.param(
            [act(days(1), "a", HOME), act(days(1) - minutes(5), "a", HOME, change=True)],
            id="whoever signs up sets the first password and authenticator",
        ),
        pytest.param(USUAL, id="a healthy account"),
        pytest.param(
            [*USUAL, act(minutes(30), "d", PHONE, change=True)], id="the owner changes a password at home"
        ),
        pytest.param([*USUAL, act(minutes(15), "t", THIEF)], id="a strange sign-in that changed nothing"),
        pytest.param(
            [act(days(70), "x", HOME), act(days(50), "t", THIEF), act(days(50), "t", THIEF, change=True)],
            id="too long ago to be undone",
        ),
        pytest.param(
            [
                *USUAL[:2],
                act(days(20), "n", ("JP", "Edge, Windows")),
                act(days(20), "n", ("JP", "Edge, Windows"), change=True),
                act(days(10), "e", HOME),
            ],
            id="a new computer three weeks ago, and the old one went on signing in",
        ),
        pytest.param(
            [
                *USUAL[:2],
                act(days(20), "n", ("JP", "Edge, Windows")),
                act(days(1), "m", ("JP", "Edge, Windows")),
                act(days(1), "m", ("JP", "Edge, Windows"), change=True),
            ],
            id="a computer that has been in use for weeks is not strange any more",
        ),
    ],
)
def test_no_window_is_found_when(acts: list[Act]) -> None:
    assert find(acts, now=NOW) is None


@pytest.mark.parametrize(
    ("acts", "start", "sessions"),
    [
        pytest.param(
            [
                *USUAL,
                *[
                    act(at, "t", ("JP", "Firefox, Linux"), change=c)
                    for at, c in [(minutes(9), False), (minutes(8), True)]
                ],
            ],
            minutes(9),
            {"t"},
            id="never-seen browser in the usual country",
        ),
        pytest.param(
            [
                *USUAL,
                act(minutes(9), "t", ("RO", HOME[1])),
                act(minutes(8), "t", ("RO", HOME[1]), change=True),
            ],
            minutes(9),
            {"t"},
            id="usual browser in a new country",
        ),
        pytest.param(
            [*USUAL, act(minutes(8), "c", THIEF, change=True)],
            minutes(8),
            {"c"},
            id="a stolen session, from elsewhere, without any sign-in",
        ),
        pytest.param(
            [
                *USUAL,
                act(days(2), "t1", THIEF),
                act(days(2), "t1", THIEF, change=True),
                *TAKEOVER,
            ],
            days(2),
            {"t1", "t"},
            id="the thief came twice within three days",
        ),
        pytest.param(
            [
                *USUAL[:2],
                act(days(25), "n", ("JP", "Edge, Windows")),
                act(days(25), "n", ("JP", "Edge, Windows"), change=True),
                act(days(10), "e", HOME),
                *TAKEOVER,
            ],
            minutes(15),
            {"t"},
            id="the owner's own new computer weeks ago is not part of today's takeover",
        ),
    ],
)
def test_the_window_begins(acts: list[Act], start: timedelta, sessions: set[str]) -> None:
    window = find(acts, now=NOW)
    assert window is not None
    assert window.start == NOW - start
    assert window.sessions == sessions


def test_a_stolen_session_is_strange_from_the_act_on_that_came_from_elsewhere() -> None:
    window = find([*USUAL, act(minutes(8), "c", THIEF, change=True)], now=NOW)
    assert window is not None
    assert window.start == NOW - minutes(8)
