"""The picture: whose lane is whose, what lies in the window, and that nothing covers anything else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from django.utils import translation

from audit.reading import Entry
from recovery.console import timeline_axis, timeline_lanes
from recovery.console.timeline import Picture, draw
from recovery.takeover.findings import Findings, Visit

CALL = datetime(2026, 11, 22, 14, 56, tzinfo=UTC)
HANAKO = 7
FIREFOX, CHROME = "Firefox, Linux", "Chrome, Windows"
_ids = iter(range(1, 100000))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def act(
    before: timedelta,
    action: str,
    browser: str,
    country: str,
    actor: int = HANAKO,
    session: UUID | None = None,
) -> Entry:
    return Entry(
        id=next(_ids),
        occurred_at=CALL - before,
        action=action,
        account=HANAKO,
        actor=actor,
        case=None,
        outcome="ok",
        address=None,
        country=country,
        browser=browser,
        session=session or uuid4(),
        request=None,
        details={},
    )


def usual(weeks: int = 9) -> list[Entry]:
    return [
        act(timedelta(days=2 + 3 * number), timeline_lanes.SIGN_IN, CHROME, "JP")
        for number in range(weeks * 7 // 3)
    ]


def takeover() -> list[Entry]:
    kinds = (
        timeline_lanes.SIGN_IN,
        "credential.email.changed",
        "credential.password.changed",
        "credential.totp.replaced",
    )
    session = uuid4()
    return [
        act(timedelta(minutes=15) - timedelta(seconds=30 * at), kind, FIREFOX, "DE", session=session)
        for at, kind in enumerate(kinds)
    ]


def found_in(entries: list[Entry]) -> Findings:
    """Each session of Firefox is doubted."""
    visits: dict[str, list[datetime]] = {}
    for one in entries:
        if one.browser == FIREFOX:
            visits.setdefault(str(one.session), []).append(one.occurred_at)
    sessions = [Visit(key, min(at), max(at), "DE", FIREFOX, ()) for key, at in visits.items()]
    return Findings(sessions=tuple(sessions), strong=bool(sessions))


def picture(entries: list[Entry], doubted: bool = True, reader: str = "Asia/Tokyo") -> Picture:
    drawn = draw(
        entries,
        account=HANAKO,
        opened_at=CALL,
        until=CALL + timedelta(minutes=2),
        found=found_in(entries) if doubted else Findings(),
        zone="Asia/Tokyo",
        reader_zone=reader,
    )
    assert drawn is not None
    return drawn


def test_the_strangers_lane_is_told_from_the_owners() -> None:
    drawn = picture(usual() + takeover())
    assert [(lane.browser, lane.strange) for lane in drawn.lanes] == [(CHROME, False), (FIREFOX, True)]
    owner, stranger = drawn.lanes
    assert owner.marks
    assert not owner.ticks
    assert [tick.label for tick in stranger.ticks] == ["Sign-in", "E-mail", "Password", "Authenticator app"]
    assert {tick.tone for tick in stranger.ticks} == {"danger"}


def test_what_the_owner_did_meanwhile_in_her_own_browser_is_not_the_strangers() -> None:
    hers = act(timedelta(minutes=9), timeline_lanes.SIGN_IN, CHROME, "JP")
    drawn = picture(usual() + takeover() + [hers])
    assert [tick.tone for tick in drawn.lanes[0].ticks] == ["live"]


def test_every_act_of_the_takeover_lies_in_a_band_and_before_the_call() -> None:
    drawn = picture(usual() + takeover())
    [band] = drawn.bands
    for tick in drawn.lanes[1].ticks:
        assert band.x < tick.x < band.x + band.width
        assert tick.x < drawn.call_x
    assert all(mark < drawn.usual[1] for lane in drawn.lanes for mark in lane.marks)


def test_what_was_planted_days_before_has_a_band_of_its_own() -> None:
    planted = act(timedelta(days=4), "credential.totp.added", FIREFOX, "DE")
    drawn = picture(usual() + takeover() + [planted])
    first, second = drawn.bands
    assert first.x + first.width < second.x


def test_acts_seconds_apart_stand_apart_and_in_order() -> None:
    places = [tick.x for tick in picture(usual() + takeover()).lanes[1].ticks]
    assert places == sorted(places)
    assert min(later - earlier for earlier, later in pairwise(places)) >= 12


def test_no_label_covers_another() -> None:
    many = takeover() + [
        act(timedelta(minutes=12, seconds=-5 * at), "credential.recovery_codes.created", FIREFOX, "DE")
        for at in range(6)
    ]
    for tick_row in _rows(picture(usual() + many)):
        for (_, end), (start, _) in pairwise(tick_row):
            assert end <= start


def _rows(drawn: Picture) -> list[list[tuple[int, int]]]:
    rows: dict[int, list[tuple[int, int]]] = {}
    for lane in drawn.lanes:
        for tick in lane.ticks:
            width = timeline_axis.text_width(tick.label)
            left = tick.label_x - width if tick.anchor == "end" else tick.label_x
            rows.setdefault(tick.label_y, []).append((left, left + width))
    return [sorted(row) for row in rows.values()]


def test_nothing_stands_outside_the_picture() -> None:
    drawn = picture(usual(50) + takeover())
    for lane in drawn.lanes:
        for tick in lane.ticks:
            assert drawn.detail[0] <= tick.x <= drawn.detail[1]
            assert 0 < tick.label_y < drawn.height
    assert all(0 < moment.x < drawn.width for moment in drawn.moments)


def test_times_are_told_from_the_call_and_by_both_clocks() -> None:
    drawn = picture(usual() + takeover(), reader="America/New_York")
    call = next(moment for moment in drawn.moments if moment.x == drawn.call_x)
    assert (call.relative, call.theirs, call.ours) == ("±0 min", "23:56", "09:56")
    assert drawn.moments[0].relative == "−15 min"
    assert (drawn.their_zone, drawn.our_zone) == ("JST", "EST")


def test_one_clock_is_enough_where_both_are_in_one_zone() -> None:
    assert picture(usual() + takeover()).our_zone == ""


def test_what_staff_did_is_not_drawn_as_the_owners_life() -> None:
    drawn = picture(
        [*usual(), *takeover(), act(timedelta(minutes=1), "credential.totp.removed", "Edge", "JP", actor=1)]
    )
    assert {lane.browser for lane in drawn.lanes} == {CHROME, FIREFOX}


def test_a_healthy_account_has_no_band_and_no_stranger() -> None:
    drawn = picture(usual(), doubted=False)
    assert drawn.bands == ()
    assert not any(lane.strange for lane in drawn.lanes)
    assert "Nothing suspicious." in drawn.summary


def test_an_account_that_was_never_used_has_no_picture() -> None:
    assert (
        draw([], account=HANAKO, opened_at=CALL, until=CALL, found=Findings(), zone="UTC", reader_zone="UTC")
        is None
    )


def test_seldom_used_browsers_share_a_lane() -> None:
    many = usual() + [
        act(timedelta(days=30 + at), timeline_lanes.SIGN_IN, f"Browser {at}", "JP") for at in range(9)
    ]
    drawn = picture(many + takeover())
    assert len(drawn.lanes) <= timeline_lanes.MAX_USUAL_LANES + 2
    assert any(lane.others for lane in drawn.lanes)
