"""The table of cases of the judgement, on plain rows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.doubt.judgement import Claim, Doubt, Ground, judge
from accounts.doubt.signals import Reason
from tests.accounts.doubt.lives import ABROAD, HOME, NEARBY, NOW, PHONE, Story, hanako

MINUTES = 1 / 1440


def judged(story: Story, **more: object) -> Doubt:
    return judge(story.life, **{"asked_at": NOW, **more})  # type: ignore[arg-type]


def counting(doubt: Doubt) -> set[str]:
    return {key for key in doubt.standings if doubt.counts(key)}


HERS = {"email:hers", "totp:hers", "recovery_codes:hers"}


def stolen(story: Story, trace=ABROAD, days: float = 14 * MINUTES) -> str:
    """Address, password and code app within two minutes."""
    session = story.comes(days, trace)
    step = MINUTES / 2
    story.changes_it(days - step, "email", session=session, trace=trace, gets="email:his", loses="email:hers",
                     new_domain=True)  # fmt: skip
    story.changes_it(days - 2 * step, "password", session=session, trace=trace)
    story.changes_it(
        days - 3 * step, "totp_replaced", session=session, trace=trace, gets="totp:his", loses="totp:hers"
    )
    return session


def test_a_life_at_home_is_not_doubted():
    doubt = judged(hanako())
    assert (doubt.changes, doubt.sessions, doubt.is_strong) == ((), {}, False)
    assert counting(doubt) == HERS


@pytest.mark.parametrize("trace", [ABROAD, NEARBY], ids=["from abroad", "same country and kind of browser"])
def test_a_takeover_is_found_and_only_what_was_hers_counts(trace):
    story = hanako()
    session = stolen(story, trace)
    doubt = judged(story)
    assert len(doubt.changes) == 3
    assert doubt.is_strong
    assert set(doubt.sessions) == {session}
    assert counting(doubt) == HERS


def test_it_is_found_when_the_new_address_was_confirmed_elsewhere():
    story = hanako()
    session = story.comes(0.1, ABROAD)
    story.changes_it(0.05, "email", session=session, trace=HOME, gets="email:his", loses="email:hers")
    doubt = judged(story)
    assert (doubt.is_strong, counting(doubt)) == (True, HERS)


def test_a_change_that_nobody_can_be_named_for_is_doubted_too():
    story = hanako()
    story.changes_it(0.05, "email", session=None, trace=replace(ABROAD, device=""), gets="email:his",
                     loses="email:hers")  # fmt: skip
    doubt = judged(story)
    assert doubt.is_strong
    assert Reason.UNATTRIBUTED in doubt.changes[0].reasons


def test_one_more_change_after_eighty_hours_hides_nothing():
    story = hanako()
    stolen(story, days=80 / 24)
    again = story.comes(15 * MINUTES, ABROAD)
    story.changes_it(14 * MINUTES, "recovery_codes", session=again, trace=ABROAD, gets="recovery_codes:his",
                     loses="recovery_codes:hers")  # fmt: skip
    doubt = judged(story)
    assert len(doubt.changes) == 4
    assert counting(doubt) == HERS


def test_what_was_planted_days_before_is_on_the_list():
    story = hanako()
    planting = story.comes(4, ABROAD)
    story.changes_it(4, "totp_added", session=planting, trace=ABROAD, gets="totp:planted")
    stolen(story)
    doubt = judged(story)
    assert planting in doubt.sessions
    assert counting(doubt) == HERS


@pytest.mark.parametrize("trace", [ABROAD, NEARBY], ids=["from abroad", "nearby"])
def test_one_change_every_seventy_three_hours_is_found(trace):
    story = hanako()
    for number, kind in enumerate(("totp_added", "recovery_codes", "email", "password")):
        days = (4 - number) * 73 / 24
        session = story.comes(days, trace)
        item = {"totp_added": ("totp:his", None), "email": ("email:his", "email:hers"),
                "recovery_codes": ("recovery_codes:his", "recovery_codes:hers")}  # fmt: skip
        gets, loses = item.get(kind, (None, None))
        story.changes_it(days, kind, session=session, trace=trace, gets=gets, loses=loses,
                         new_domain=kind == "email")  # fmt: skip
    doubt = judged(story)
    assert (len(doubt.changes), doubt.is_strong) == (4, True)
    assert counting(doubt) == HERS


def test_a_harmless_visit_eight_days_before_makes_nobody_usual():
    story = hanako()
    story.comes(8, ABROAD)
    stolen(story)
    doubt = judged(story)
    assert (doubt.is_strong, len(doubt.sessions), counting(doubt)) == (True, 2, HERS)


def test_a_stolen_session_of_hers_that_did_the_changes_is_doubtful():
    story = hanako()
    hers = story.comes(0.2, HOME)
    story.changes_it(0.01, "email", session=hers, trace=ABROAD, gets="email:his", loses="email:hers")
    doubt = judged(story)
    assert (doubt.is_strong, set(doubt.sessions)) == (True, {hers})
    assert {Reason.COUNTRY, Reason.BROWSER} <= set(doubt.changes[0].reasons)


def test_two_sessions_of_one_stranger_are_one_doubt():
    story = hanako()
    first, second = story.comes(0.2, NEARBY), story.comes(0.1, NEARBY)
    story.changes_it(0.19, "totp_added", session=first, trace=NEARBY, gets="totp:his")
    story.changes_it(0.09, "email", session=second, trace=NEARBY, gets="email:his", loses="email:hers",
                     state="objected")  # fmt: skip
    doubt = judged(story)
    assert set(doubt.sessions) == {first, second}
    assert all(one.strong for one in doubt.changes)
    assert counting(doubt) == HERS


def test_a_new_phone_at_home_freezes_nothing():
    story = hanako()
    new = replace(HOME, browser="Chrome Mobile, Android", device="new phone")
    session = story.comes(5, new)
    story.changes_it(5, "totp_replaced", session=session, trace=new, gets="totp:new", loses="totp:hers")
    story.changes_it(5 - MINUTES, "recovery_codes", session=session, trace=new, gets="recovery_codes:new",
                     loses="recovery_codes:hers")  # fmt: skip
    doubt = judged(story)
    assert len(doubt.changes) == 2
    assert not doubt.is_strong


def test_her_own_laptop_on_a_journey_freezes_nothing():
    story = hanako()
    hotel = replace(ABROAD, browser=HOME.browser, device=HOME.device)
    session = story.comes(1, hotel)
    story.changes_it(1, "password", session=session, trace=hotel)
    doubt = judged(story)
    assert doubt.changes
    assert not doubt.is_strong


def test_her_own_evening_of_cleaning_up_at_home_is_not_doubted():
    story = hanako()
    session = story.comes(4, HOME)
    for at, kind, gets, loses in (
        (4, "email", "email:new", "email:hers"),
        (3.999, "password", None, None),
        (3.998, "totp_replaced", "totp:new", "totp:hers"),
        (3.997, "recovery_codes", "recovery_codes:new", "recovery_codes:hers"),
    ):
        story.changes_it(at, kind, session=session, trace=HOME, gets=gets, loses=loses)
    doubt = judged(story)
    assert doubt.changes == ()
    assert {"email:new", "totp:new", "recovery_codes:new"} <= counting(doubt)


@pytest.mark.parametrize("state", ["kept", "undone"])
def test_what_is_settled_is_never_found_again(state):
    story = hanako()
    stolen(story)
    story.changes = [replace(one, state=state) for one in story.changes]
    assert judged(story).changes == ()


def test_a_change_is_settled_thirty_days_after_the_owner_was_told_and_not_before():
    story = hanako()
    session = story.comes(31, ABROAD)
    story.changes_it(31, "totp_added", session=session, trace=ABROAD, gets="totp:his", told_at=None)
    assert judged(story).is_strong
    story.changes[0] = replace(story.changes[0], told_at=NOW - timedelta(days=29))
    assert judged(story).is_strong
    story.changes[0] = replace(story.changes[0], told_at=NOW - timedelta(days=30))
    assert judged(story).changes == ()


def test_days_in_which_the_owner_was_locked_out_settle_nothing():
    story = hanako()
    planting = story.comes(33, NEARBY)
    story.changes_it(33, "totp_added", session=planting, trace=NEARBY, gets="totp:planted")
    assert counting(judged(story)) == HERS | {"totp:planted"}
    stolen(story, NEARBY, days=7)
    assert counting(judged(story)) == HERS


def test_nobody_becomes_usual_by_waiting_behind_the_owners_carrier():
    story = hanako()
    neighbour = replace(PHONE, device="thief")
    session = story.comes(12, neighbour)
    story.changes_it(12, "totp_added", session=session, trace=neighbour, gets="totp:his")
    session = story.comes(8, neighbour)
    story.changes_it(8, "recovery_codes", session=session, trace=neighbour, gets="recovery_codes:his",
                     loses="recovery_codes:hers")  # fmt: skip
    assert counting(judged(story)) == HERS


def test_a_password_forgotten_on_a_new_phone_freezes_nothing():
    story = hanako()
    new = replace(PHONE, browser="Chrome Mobile, Android", device="new phone")
    story.changes_it(5, "password", session=None, trace=replace(new, device=""))
    session = story.comes(5 - MINUTES, new)
    story.changes_it(5 - 2 * MINUTES, "totp_replaced", session=session, trace=new, gets="totp:new",
                     loses="totp:hers")  # fmt: skip
    doubt = judged(story)
    assert len(doubt.changes) == 2
    assert not doubt.is_strong


def test_a_new_phone_of_the_same_kind_on_a_journey_freezes_nothing():
    story = hanako()
    abroad = replace(ABROAD, browser=PHONE.browser, device="new phone")
    session = story.comes(5, abroad)
    story.changes_it(5, "totp_replaced", session=session, trace=abroad, gets="totp:new", loses="totp:hers")
    doubt = judged(story)
    assert doubt.changes
    assert not doubt.is_strong


def test_what_is_younger_than_three_days_never_counts():
    story = hanako()
    session = story.comes(2.9, HOME)
    story.changes_it(2.9, "totp_added", session=session, trace=HOME, gets="totp:second")
    assert judged(story).standings["totp:second"].ground == Ground.TOO_YOUNG
    assert judged(story, asked_at=NOW + timedelta(hours=3)).counts("totp:second")


def test_what_was_set_up_with_the_account_counts_from_the_first_hour():
    story = Story(joined_at=NOW - timedelta(hours=2))
    session = story.comes(1.9 / 24, HOME)
    story.changes_it(1.8 / 24, "totp_added", session=session, trace=HOME, gets="totp:hers")
    doubt = judged(story)
    assert doubt.standings["totp:hers"].ground == Ground.FOUNDING
    assert doubt.changes == ()


def test_who_names_the_lost_address_disowns_what_took_it_and_what_came_after():
    story = hanako()
    session = story.comes(10, HOME)
    story.changes_it(10, "email", session=session, trace=HOME, gets="email:now", loses="email:hers")
    other = story.comes(5, PHONE)
    story.changes_it(5, "totp_added", session=other, trace=PHONE, gets="totp:later")
    claim = Claim(items=frozenset({"email:hers"}))
    doubt = judged(story, claim=claim)
    assert [one.reasons for one in doubt.changes] == [(Reason.DISOWNED,)]
    assert doubt.is_dispute
    assert not doubt.is_strong
    assert counting(doubt) == HERS
    assert judged(story, claim=replace(claim, proved=True)).is_strong
    assert "totp:later" in counting(judged(story))


def test_a_claim_against_a_strangers_change_is_no_dispute():
    story = hanako()
    stolen(story, NEARBY)
    assert not judged(story, claim=Claim(items=frozenset({"email:hers"}))).is_dispute


def test_what_the_owner_gave_up_and_confirmed_counts_for_nobody():
    story = hanako()
    session = story.comes(10, HOME)
    story.changes_it(10, "email", session=session, trace=HOME, gets="email:now", loses="email:hers",
                     state="kept")  # fmt: skip
    doubt = judged(story, claim=Claim(items=frozenset({"email:hers"})))
    assert doubt.standings["email:hers"].ground == Ground.GIVEN_UP


def test_after_thirty_days_what_was_removed_counts_no_more_unless_it_was_asked_for_before():
    story = hanako()
    session = story.comes(31, HOME)
    story.changes_it(31, "totp_replaced", session=session, trace=HOME, gets="totp:new", loses="totp:hers")
    assert judged(story).standings["totp:hers"].ground == Ground.GONE
    assert judged(story, asked_at=NOW - timedelta(days=2)).counts("totp:hers")


def test_after_a_claimed_address_every_later_one_is_disowned_too():
    story = hanako()
    session = story.comes(20, HOME)
    story.changes_it(20, "email", session=session, trace=HOME, gets="email:second", loses="email:hers")
    other = story.comes(5, HOME)
    story.changes_it(5, "email", session=other, trace=HOME, gets="email:third", loses="email:second")
    doubt = judged(story, claim=Claim(items=frozenset({"email:hers"})))
    assert len(doubt.changes) == 2
    assert counting(doubt) == HERS


def test_an_address_that_was_lost_long_ago_is_nothing_to_claim():
    story = hanako()
    session = story.comes(40, HOME)
    story.changes_it(40, "email", session=session, trace=HOME, gets="email:now", loses="email:hers")
    doubt = judged(story, claim=Claim(items=frozenset({"email:hers"})))
    assert doubt.changes == ()
    assert counting(doubt) == {"email:now", "totp:hers", "recovery_codes:hers"}
