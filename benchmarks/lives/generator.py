"""Plays lives: the owner for 400 days, then the attacker, then who asks at the desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from accounts.doubt.activity import Life
from accounts.doubt.judgement import Claim
from benchmarks.lives.attackers import ATTACKERS, Attack, Attacker
from benchmarks.lives.diary import OWNER, THIEF, Act, Diary
from benchmarks.lives.owners import OWNERS, Owner

BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)
METHODS = ("email", "totp", "recovery_codes")
OLD_ENOUGH = timedelta(hours=72)


@dataclass(frozen=True)
class PlayedLife:
    """The rows, and the truth: ``whose`` each session, item and change (``change:ID``) is, and what the owner
    ``holds``. ``claim`` is what who asks at ``asked_at`` makes known by the address that they type."""

    seed: int
    owner: str
    attacker: Attacker | None
    life: Life
    acts: tuple[Act, ...]
    whose: dict[str, str]
    holds: frozenset[str]
    asked_at: datetime
    claim: Claim

    def is_of_thief(self, key: str) -> bool:
        return self.whose.get(key) == THIEF

    @property
    def thief_changes(self) -> frozenset[int]:
        return frozenset(one.id for one in self.life.changes if self.is_of_thief(f"change:{one.id}"))

    @property
    def has_all_of_before(self) -> bool:
        """Does the owner hold an app, an address and codes that she bound 72 hours ago or more?"""
        return {self.kind_of(key) for key in self.old_hers()} == set(METHODS)

    def old_hers(self) -> set[str]:
        return {
            item.key
            for item in self.life.items
            if item.key in self.holds and item.bound_at <= self.asked_at - OLD_ENOUGH
        }

    @staticmethod
    def kind_of(key: str) -> str:
        return key.partition(":")[0]


def play(seed: int, owner: str, attacker: str | None = None) -> PlayedLife:
    """The life of that seed and those kinds; the same arguments make the same life."""
    dice = Random(f"{seed} {owner} {attacker}")
    seen = dice.random() < 0.5
    joined_at = BEGIN if seen else BEGIN - timedelta(days=30 + dice.random() * 2000)
    diary = Diary(joined_at)
    person = Owner(OWNERS[owner].habits, dice, diary, BEGIN)
    person.joins(seen=seen)
    person.lives(BEGIN + timedelta(days=370 + 30 * dice.random()), lately=True)
    address = diary.has("email")[-1]
    by_whom = ATTACKERS[attacker] if attacker else None
    if by_whom:
        attack = Attack(person, dice)
        by_whom.plays(attack)
        attack.waits(_hours_until_she_asks(dice))
    return PlayedLife(
        seed=seed,
        owner=owner,
        attacker=by_whom,
        life=diary.life(),
        acts=tuple(sorted(diary.acts, key=lambda act: act.at)),
        whose=diary.whose,
        holds=frozenset(person.holds),
        asked_at=person.now,
        claim=_claim(diary, address),
    )


def _hours_until_she_asks(dice: Random) -> timedelta:
    """Half ask within a day, a quarter within three, and the rest find it out within three weeks."""
    low, high = dice.choices([(0, 24), (24, 72), (72, 20 * 24)], (2, 1, 1))[0]
    return timedelta(hours=dice.uniform(low, high))


def _claim(diary: Diary, address: str) -> Claim:
    """Who types an address that the account has lost claims it, as the desk's look-up finds it.

    An address that was taken away and put back is the account's.
    """
    lost = diary.items[address].removed_at is not None
    back = any(diary.whose[key] == OWNER for key in diary.has("email"))
    if lost and back and diary.whose_took(address) == THIEF:
        return Claim()
    return Claim(items=frozenset({address} if lost else ()))


def play_many(count: int, *, seed: int = 1, attacked: float = 0.6) -> Iterator[PlayedLife]:
    """Lives of all kinds in turn, every owner against every attacker."""
    owners, attackers = list(OWNERS), list(ATTACKERS)
    for number in range(count):
        dice = Random(f"{seed} {number}")
        attacker = dice.choice(attackers) if dice.random() < attacked else None
        yield play(seed * 1_000_000 + number, owners[number % len(owners)], attacker)
