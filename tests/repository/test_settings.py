"""The settings and the places that name them must not drift apart."""

import ast
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import env

ROOT = Path(__file__).resolve().parents[2]


def read_by_settings() -> set[str]:
    """The variables that portal/settings.py asks portal.env for."""
    tree = ast.parse((ROOT / "portal/settings.py").read_text())
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and isinstance(call.args[0], ast.Constant)
    }


def listed_in_example() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_the_example_lists_every_variable_and_no_other():
    assert listed_in_example() == read_by_settings()


def test_every_variable_of_the_example_is_explained_or_stands_in_an_explained_group():
    blocks = re.split(r"\n\n+", (ROOT / ".env.example").read_text())
    groups = [block for block in blocks if re.search(r"^[A-Z_]+=", block, re.MULTILINE)]
    assert all(block.lstrip().startswith("#") for block in groups)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("X", False), "maybe"),
        (lambda: env.number("X", 1), "many"),
        (lambda: env.number("X", 1, least=5), "4"),
        (lambda: env.choice("X", "a", ("a", "b")), "c"),
        (lambda: env.origin("X"), "recovery.example.com"),
        (lambda: env.origin("X"), "https://recovery.example.com/path"),
        (lambda: env.database("X"), "mysql://somewhere/portal"),
        (lambda: env.text("X"), ""),
    ],
)
def test_nonsense_in_a_variable_is_refused_by_name(read, value, monkeypatch):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=r"^X must"):
        read()
