"""How well takeovers are told from owners, over 12,000 played lives. Goal: an owner is refused below 0.5 %.

Lives are made by a seed (``benchmarks.lives``): owners of every kind in turn, six of ten attacked by an
attacker of any kind. Shares weigh owners by how many there are of each kind. The yardstick of a share is that
of the rule of the first version on the same lives (one moment, the start of the last burst of strange
sessions, decided all); where that is 0 it is one life. The yardstick of the time is what JSON needs to read
the same rows.

``python -m benchmarks.takeover_judgement 500`` plays 500 lives; ``--table`` writes the table into
``docs/security.md``.
"""

import ast
import hashlib
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from random import Random

from accounts.doubt.activity import ChangeRow, SessionRow, Usual
from accounts.doubt.judgement import Doubt, judge
from accounts.doubt.risk import assess
from benchmarks.figure import Figure, run, say
from benchmarks.lives.attackers import ATTACKERS
from benchmarks.lives.diary import Diary
from benchmarks.lives.generator import BEGIN, PlayedLife, play_many
from benchmarks.lives.owners import OWNERS, Habits, Owner

GOAL = "value < 0.005"
ROUNDS = 12_000
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/security.md"
MARKS = "<!-- measured: {} -->", "<!-- /measured -->"
MEASURED = tuple(f"accounts/doubt/{name}.py" for name in ("activity", "signals", "judgement", "risk"))

Tally = Counter[str]


class Tallies:
    """What came out, by kind of owner and attacker: ``of`` how many, ``is`` in how many it is so."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str | None], Tally] = {}

    def add(self, played: PlayedLife) -> None:
        attacker = played.attacker.name if played.attacker else None
        tally = self.cells.setdefault((played.owner, attacker), Counter())
        for name, (applies, so) in answers(played).items():
            tally[f"{name} of"] += applies
            tally[f"{name} is"] += min(applies, so)

    def share(self, name: str, *, owner: str | None = None, attackers: Iterable[str | None]) -> float | None:
        """Owners weighed by how many of them there are; None where it applies to nobody."""
        chosen = set(attackers)
        total = weight = 0.0
        for kind in [owner] if owner else OWNERS:
            cells = [cell for key, cell in self.cells.items() if key[0] == kind and key[1] in chosen]
            of = sum(cell[f"{name} of"] for cell in cells)
            if of:
                total += OWNERS[kind].share * sum(cell[f"{name} is"] for cell in cells) / of
                weight += OWNERS[kind].share
        return total / weight if weight else None


def answers(played: PlayedLife) -> dict[str, tuple[int, int]]:
    """Each question about a life: does it apply, and is it so? Of changes, how many, and of how many."""
    stranger = judge(played.life, asked_at=played.asked_at)
    hers = judge(played.life, asked_at=played.asked_at, claim=played.claim)
    moment = first_version(played)
    attack = bool(played.thief_changes)
    partner = bool(played.attacker and played.attacker.claims)
    old = _counting(played, lambda key: _bound_before(played, key, moment))
    now = _counting(played, hers.counts)
    asks = played.has_all_of_before and not partner
    healthy = played.attacker is None
    return {
        "accepted": (attack, any(played.is_of_thief(key) for key in now)),
        "accepted then": (attack, any(played.is_of_thief(key) for key in old)),
        "refused": (asks, _methods(played, now) < 2),
        "refused then": (asks, _methods(played, old) < 2),
        "ended": (healthy, stranger.is_strong),
        "ended then": (healthy, moment is not None),
        "found": (attack, _is_found(played, stranger)),
        "found then": (attack, moment is not None),
        "frozen": (attack, stranger.is_strong),
        "frozen then": (attack, moment is not None),
        "dispute": (partner, hers.is_dispute),
        "waits": waiting(played, of_thief=True),
        "owner waits": waiting(played, of_thief=False),
    }


def waiting(played: PlayedLife, *, of_thief: bool) -> tuple[int, int]:
    """How many changes were asked for in a session, and how many of them wait (``accounts.doubt.risk``)."""
    sessions = {one.id: one for one in played.life.sessions}
    made = [
        (change, sessions[change.session])
        for change in played.life.changes
        if change.session in sessions and played.is_of_thief(f"change:{change.id}") == of_thief
    ]
    return len(made), sum(is_risky(played, change, session) for change, session in made)


def is_risky(played: PlayedLife, change: ChangeRow, session: SessionRow) -> bool:
    """As the session began, or as the change was asked for; the first has nothing to be compared with."""
    before = [one for one in played.life.sessions if one.at < session.at]
    usual = Usual(before, confirmed=frozenset(), disowned=frozenset())
    return any(assess(trace, at, usual).is_high
               for trace, at in ((session.trace, session.at), (change.trace, change.at)))  # fmt: skip


def _is_found(played: PlayedLife, doubt: Doubt) -> bool:
    return bool(played.thief_changes & doubt.change_ids)


def _counting(played: PlayedLife, counts: Callable[[str], bool]) -> set[str]:
    return {item.key for item in played.life.items if counts(item.key)}


def _methods(played: PlayedLife, counting: set[str]) -> int:
    return len({played.kind_of(key) for key in counting & played.holds})


def first_version(played: PlayedLife):
    """The start of the takeover window of the first version: strange sessions that changed something, with
    at most 72 hours between them, back from the last."""
    countries: set[str] = set()
    browsers: set[str] = set()
    changed = {one.session for one in played.life.changes}
    start = last = None
    for one in sorted(played.life.sessions, key=lambda one: one.at):
        new = bool(countries) and not (one.trace.country in countries and one.trace.browser in browsers)
        if not new:
            countries.add(one.trace.country)
            browsers.add(one.trace.browser)
        elif one.id in changed and one.at >= played.asked_at - timedelta(days=30):
            start = start if last and one.at - last <= timedelta(hours=72) else one.at
            last = one.seen_at
    return start


def _bound_before(played: PlayedLife, key: str, moment) -> bool:
    item = next(item for item in played.life.items if item.key == key)
    if moment is None:
        return item.removed_at is None
    return item.bound_at < moment and (item.removed_at is None or item.removed_at >= moment)


def measure(rounds: int) -> list[Figure]:
    tallies = played(rounds or ROUNDS)
    say(report(tallies))
    plain = [name for name, one in ATTACKERS.items() if not one.apart]
    same = [name for name, one in ATTACKERS.items() if one.same_place]
    settled = [name for name, one in ATTACKERS.items() if one.settled]
    everybody = [None, *ATTACKERS]

    def figure(name: str, question: str, attackers: list, goal: str) -> Figure:
        value = tallies.share(question, attackers=attackers) or 0.0
        then = tallies.share(f"{question} then", attackers=attackers) or 0.0
        return Figure(f"judgement_{name}", value, "share", then or 1 / (rounds or ROUNDS), goal)

    def share(name: str, question: str, attackers: list, goal: str) -> Figure:
        """The first version let nothing wait."""
        value = tallies.share(question, attackers=attackers) or 0.0
        return Figure(f"judgement_{name}", value, "share", 1 / (rounds or ROUNDS), goal)

    return [
        figure("thief_item_accepted", "accepted", plain, "value <= 0"),
        figure("thief_item_accepted_settled", "accepted", settled, "value <= 1"),
        figure("owner_refused", "refused", everybody, GOAL),
        figure("owner_sessions_ended", "ended", [None], "value < 0.001"),
        figure("attack_found", "found", plain, "value > 0.98"),
        figure("attack_found_same_place", "found", same, "value > 0"),
        figure("attack_frozen", "frozen", plain, "value > 0"),
        share("attack_change_waits", "waits", plain, "value > 0.5"),
        share("owner_change_waits", "owner waits", [None], "value < 0.2"),
        speed(),
    ]


def played(count: int) -> Tallies:
    tallies = Tallies()
    for number, life in enumerate(play_many(count), start=1):
        tallies.add(life)
        if number % 2000 == 0:
            say(f"  {number} lives")
    return tallies


def speed() -> Figure:
    """400 days with 2,000 sign-ins."""
    diary = Diary(BEGIN)
    busy = Owner(Habits(sign_ins_a_week=7), Random(1), diary, BEGIN)
    busy.joins(seen=True)
    while len(diary.sessions) < 2000:
        busy.lives(busy.now + timedelta(hours=4.7), events=False)
        busy.signs_in()
        if len(diary.sessions) % 80 == 0:
            busy._password()  # noqa: SLF001
    life = diary.life()
    rows = json.dumps(asdict(life), default=str)
    taken = [_ms(lambda: judge(life, asked_at=busy.now)) for _ in range(15)]
    reading = [_ms(lambda: json.loads(rows)) for _ in range(15)]
    return Figure("judgement_ms", statistics.median(taken), "ms", statistics.median(reading), "value < 50")


def _ms(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def report(tallies: Tallies) -> str:
    """Kinds of attackers and of owners, for the terminal."""
    lines = [
        f"{'':34}" + "".join(f"{one:>10}" for one in ("found", "frozen", "accepted", "refused", "ended"))
    ]
    rows = [(name, None, [name]) for name in ATTACKERS] + [(name, name, [None]) for name in OWNERS]
    for title, owner, attackers in rows:
        cells = [tallies.share(one, owner=owner, attackers=attackers)
                 for one in ("found", "frozen", "accepted", "refused", "ended")]  # fmt: skip
        lines.append(f"{title:34}" + "".join(f"{percent(one):>10}" for one in cells))
    return "\n".join(lines)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.3g} %"


def fingerprint() -> str:
    """Of the code that the table was measured from, whatever its layout and comments are."""
    paths = [ROOT / name for name in MEASURED] + sorted((ROOT / "benchmarks/lives").glob("*.py"))
    trees = "".join(ast.dump(ast.parse(path.read_text(encoding="utf-8"))) for path in paths)
    return hashlib.sha256(trees.encode()).hexdigest()[:12]


def table(tallies: Tallies) -> str:
    plain = [name for name, one in ATTACKERS.items() if not one.apart]
    claiming = [name for name, one in ATTACKERS.items() if one.claims]
    all_ = [None, *ATTACKERS]
    lines = [
        MARKS[0].format(fingerprint()),
        "| Figure | Measured | Goal |",
        "|---|---|---|",
        "| attacks in which an item of the thief counts | "
        f"{percent(tallies.share('accepted', attackers=plain))} | 0 |",
        "| owners who cannot reach two methods | "
        f"{percent(tallies.share('refused', attackers=all_))} | < 0.5 % |",
        "| healthy owners whom a stranger's request freezes | "
        f"{percent(tallies.share('ended', attackers=[None]))} | < 0.1 % |",
        f"| attacks found | {percent(tallies.share('found', attackers=plain))} | > 98 % |",
        "| former partners whose claim is a dispute, so that nothing is handed over at once | "
        f"{percent(tallies.share('dispute', attackers=claiming))} | |",
        f"| changes of attackers that wait 24 hours | {percent(tallies.share('waits', attackers=plain))} | |",
        "| changes of healthy owners that wait 24 hours | "
        f"{percent(tallies.share('owner waits', attackers=[None]))} | |",
        "",
        "| Attacker | What they can do | Found | Frozen | Their item counts | Owner refused "
        "| Changes that wait |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in ATTACKERS.items():
        cells = [percent(tallies.share(what, attackers=[name]))
                 for what in ("found", "frozen", "accepted", "refused", "waits")]  # fmt: skip
        apart = " *" if one.apart else ""
        lines.append(f"| {name}{apart} | {one.can} | {' | '.join(cells)} |")
    return "\n".join([*lines, MARKS[1]])


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    begin, end = (re.escape(mark) for mark in (MARKS[0].format("X"), MARKS[1]))
    pattern = begin.replace("X", "[0-9a-f]*") + ".*?" + end
    PAGE.write_text(re.sub(pattern, lambda _: text, page, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    if "--table" in sys.argv:
        write(table(played(ROUNDS)))
    else:
        run(__file__, measure)
