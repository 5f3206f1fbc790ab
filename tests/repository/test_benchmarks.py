"""Each figure has a file that runs by itself, a goal, and an output that a program can read."""

import ast
import json
import os
import subprocess
import sys
from importlib import import_module

import pytest

from benchmarks.__main__ import FIGURES, main
from benchmarks.clicks import Plan, clicks_of
from benchmarks.figure import Figure, percentile, run
from common.network import neighbourhood_of
from telephony import numbers
from tests.repository.test_settings import ROOT

KEYS = ["figure", "value", "unit", "yardstick", "ratio", "goal"]
SHARED = {
    *("__init__", "__main__", "desk", "figure", "environment", "people", "settings", "page_weight"),
    *("bare_stream", "clicks", "crowd", "listeners", "past"),
}


def test_every_figure_has_its_file_and_every_file_its_figure():
    assert {path.stem for path in (ROOT / "benchmarks").glob("*.py")} == {*FIGURES, *SHARED}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_runs_by_itself_and_says_its_goal_and_how_it_is_measured(name):
    source = ast.parse((ROOT / f"benchmarks/{name}.py").read_text())
    functions = {node.name for node in source.body if isinstance(node, ast.FunctionDef)}
    assert "measure" in functions
    assert 'if __name__ == "__main__"' in (ROOT / f"benchmarks/{name}.py").read_text()
    module = import_module(f"benchmarks.{name}")
    which, sign, bound = module.GOAL.split()
    assert which in {"value", "ratio"}
    assert sign in {"<", "<=", ">="}
    assert float(bound) > 0
    assert "Goal:" in (module.__doc__ or "")


def test_a_line_says_all_and_in_order():
    line = json.loads(Figure("one", 1234.5678, "ms", 1000, "ratio <= 1.5").line())
    assert list(line) == KEYS
    assert line["ratio"] == 1.235


def test_a_percentile_is_one_of_the_values():
    assert percentile([5, 1, 4, 2, 3], 0.5) == 3
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([7], 0.95) == 7


def test_one_run_may_say_several_figures_a_line_each(capfd, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["benchmarks.two"])
    run("two.py", lambda rounds: [Figure(name, 1 + rounds, "s", 1, "value < 1") for name in ("one", "two")])
    assert [json.loads(line)["figure"] for line in capfd.readouterr().out.splitlines()] == ["one", "two"]


def test_the_crowd_comes_from_as_many_networks_as_it_says_and_everybody_can_be_called():
    plan = Plan(
        "localhost", 80, seconds=60, honest=50, honest_networks=1000, flood=200, flood_networks=60, patience=1
    )
    clicks = clicks_of(plan)[1]
    networks = {
        kind: {neighbourhood_of(one.browser.address) for one in clicks if one.kind == kind}
        for kind in ("honest", "flood")
    }
    assert (len(networks["honest"]), len(networks["flood"])) == (1000, 60)
    assert not networks["honest"] & networks["flood"]
    assert len({one.number for one in clicks}) == len({one.email for one in clicks}) == len(clicks) == 15_000
    for one in clicks[::500]:
        assert numbers.parse(one.number, "JP") == one.number


def test_an_unknown_figure_is_refused_with_the_names_of_all(capsys):
    assert main(["no_such"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(name in said.err for name in FIGURES)


def test_a_run_prints_a_line_of_json_and_nothing_else():
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "sign_in", "--rounds", "1"],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    said = json.loads(line)
    assert list(said) == KEYS
    assert said["figure"] == "sign_in_cpu"
    assert said["value"] > said["yardstick"] > 0
