"""The table of the documentation is of this code, and small samples hold what it says."""

import re

from benchmarks import takeover_judgement
from benchmarks.lives.attackers import ATTACKERS
from benchmarks.lives.generator import play
from benchmarks.lives.owners import OWNERS


def test_the_table_is_of_this_code():
    page = takeover_judgement.PAGE.read_text(encoding="utf-8")
    assert re.findall(r"<!-- measured: (\w*) -->", page) == [takeover_judgement.fingerprint()], (
        "run python -m benchmarks.takeover_judgement --table"
    )
    for one in ATTACKERS.values():
        assert f"| {one.can} |" in page


def test_no_item_of_a_thief_counts_and_nearly_all_attacks_are_found():
    tallies = takeover_judgement.played(500)
    plain = [name for name, one in ATTACKERS.items() if not one.apart]
    assert tallies.share("accepted", attackers=plain) == 0
    found = tallies.share("found", attackers=plain)
    assert found is not None
    assert found > 0.98


def test_a_seed_makes_the_same_life_again():
    assert play(3, "travels", "from abroad") == play(3, "travels", "from abroad")


def test_all_owners_together_are_a_thousand():
    assert sum(kind.share for kind in OWNERS.values()) == 1000
