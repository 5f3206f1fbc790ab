"""The judgement and the independent statement of its rules agree on every life."""

import pytest

from accounts.doubt.judgement import Claim, judge
from benchmarks.lives.attackers import ATTACKERS
from benchmarks.lives.generator import PlayedLife, play, play_many
from benchmarks.lives.owners import OWNERS
from tests.accounts.doubt.statement import verdict

LIVES = 400


def said_by_both(played: PlayedLife, claim: Claim) -> tuple[tuple, tuple]:
    doubt = judge(played.life, asked_at=played.asked_at, claim=claim)
    counts = {key for key in doubt.standings if doubt.counts(key)}
    letters = {key for key in counts if key.startswith("email:")}
    core = (counts, doubt.is_strong, set(doubt.change_ids), letters)
    return core, verdict(played.life, played.asked_at, claim.items, claim.disowned, claim.proved)


def test_they_agree_on_every_life_and_whatever_is_claimed():
    for played in play_many(LIVES, seed=7, attacked=0.8):
        newest = frozenset(one.id for one in played.life.changes[-1:])
        proved = Claim(items=played.claim.items, disowned=newest, proved=True)
        for claim in (Claim(), played.claim, Claim(disowned=newest), proved):
            core, stated = said_by_both(played, claim)
            assert core == stated, (played.seed, played.owner, played.attacker, claim)


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_attacker_is_among_them(attacker):
    for number, owner in enumerate(OWNERS):
        played = play(number, owner, attacker)
        core, stated = said_by_both(played, played.claim)
        assert core == stated
