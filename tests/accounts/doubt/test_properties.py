"""What holds for every life, whatever an attacker adds to it."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from accounts.doubt.activity import ChangeRow, ItemRow, Life, SessionRow
from accounts.doubt.judgement import Doubt, judge
from benchmarks.lives.generator import PlayedLife, play_many

LIVES = [one for one in play_many(400, seed=11, attacked=1) if one.attacker and not one.attacker.apart]
KINDS = ("email", "totp_replaced", "totp_added", "recovery_codes", "password")
HOUR = timedelta(hours=1)


def counting(doubt: Doubt) -> set[str]:
    return {key for key in doubt.standings if doubt.counts(key)}


def his_visits(played: PlayedLife) -> list[SessionRow]:
    return [one for one in played.life.sessions if played.is_of_thief(one.id)]


def with_act(played: PlayedLife, dice: Random, after: timedelta, before: timedelta) -> tuple[Life, str]:
    """The life with one change more, by a new session of the attacker like one of his own, between two times
    from the request; and the key of what it binds."""
    like = dice.choice(his_visits(played))
    at = played.asked_at + after + (before - after) * dice.random()
    session = SessionRow("more", max(at - HOUR, like.at), at, like.trace)
    kind = dice.choice(KINDS)
    what = kind.split("_")[0] if kind.startswith("totp") else kind
    life = played.life
    had = [one for one in life.items if one.kind == what and (one.removed_at is None or one.removed_at > at)]
    lost = dice.choice(had).key if had and kind not in ("password", "totp_added") else None
    bound = (f"{what}:more",) if kind != "password" else ()
    items = [replace(one, removed_at=at) if one.key == lost else one for one in life.items]
    items += [ItemRow(key, what, at, session="more") for key in bound]
    change = ChangeRow(
        id=10_000, kind=kind, at=at, session="more", trace=like.trace, told_at=at, bound=bound,
        removed=(lost,) if lost else (),
    )  # fmt: skip
    return replace(life, sessions=[*life.sessions, session], changes=[*life.changes, change], items=items), (
        f"{what}:more"
    )


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_a_thief_adds_makes_an_item_of_theirs_count(seed):
    dice = Random(seed)
    for played in LIVES:
        visits = his_visits(played)
        if not visits:
            continue
        since = visits[0].at - played.asked_at
        life, added = with_act(played, dice, since, timedelta(0))
        doubt = judge(life, asked_at=played.asked_at, claim=played.claim)
        his = {key for key in counting(doubt) if played.is_of_thief(key) or key == added}
        assert not his, (played.seed, played.owner, played.attacker)


@pytest.mark.parametrize("seed", range(3))
def test_what_counted_for_her_when_she_asked_counts_a_day_later_whatever_a_thief_does(seed):
    dice = Random(seed)
    for played in LIVES:
        if not his_visits(played):
            continue
        before = counting(judge(played.life, asked_at=played.asked_at, claim=played.claim))
        life, added = with_act(played, dice, timedelta(0), 24 * HOUR)
        after = counting(judge(life, asked_at=played.asked_at, claim=played.claim))
        assert before <= after, (played.seed, played.owner, played.attacker)
        assert added not in after


def test_the_order_of_rows_is_irrelevant():
    dice = Random(1)
    for played in LIVES:
        life = played.life
        mixed = Life(
            life.joined_at,
            sessions=dice.sample(life.sessions, len(life.sessions)),
            changes=dice.sample(life.changes, len(life.changes)),
            items=dice.sample(life.items, len(life.items)),
        )
        one = judge(life, asked_at=played.asked_at, claim=played.claim)
        other = judge(mixed, asked_at=played.asked_at, claim=played.claim)
        assert (one.changes, one.sessions, one.standings) == (other.changes, other.sessions, other.standings)


@pytest.mark.parametrize("state", ["kept", "undone"])
def test_what_is_settled_is_no_input(state):
    for played in LIVES:
        changes = [replace(one, state=state) for one in played.life.changes]
        doubt = judge(replace(played.life, changes=changes), asked_at=played.asked_at, claim=played.claim)
        assert (doubt.changes, doubt.sessions, doubt.is_strong) == ((), {}, False)
