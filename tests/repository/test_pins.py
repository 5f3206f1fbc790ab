import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from devtools import pins

PRODUCTION = ("accounts", "audit", "common", "notifications", "portal", "recovery", "telephony")


@pytest.mark.parametrize("name", pins.GROUPS)
def test_the_pins_match_the_project(name):
    assert pins.compare(name) == []


def imported_by(app: str) -> set[str]:
    """The packages that an app imports, by the first part of their modules' names."""
    found: set[str] = set()
    for path in (pins.ROOT / app).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).partition(".")[0])
    return found


@pytest.mark.parametrize("app", PRODUCTION)
def test_what_production_imports_is_pinned_for_it(app):
    pinned = {
        canonicalize_name(found["name"])
        for found in pins.PIN.finditer((pins.ROOT / "requirements.txt").read_text())
    }
    known = packages_distributions()
    for package in imported_by(app) - set(PRODUCTION) - set(sys.stdlib_module_names):
        assert {canonicalize_name(name) for name in known[package]} & pinned, package


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*pins.GROUPS, "pyproject.toml"):
        (tmp_path / name).write_text((pins.ROOT / name).read_text())
    monkeypatch.setattr(pins, "ROOT", tmp_path)
    return tmp_path / "requirements.txt"


def test_a_missing_pin_is_noticed(copy: Path):
    copy.write_text(copy.read_text().replace("celery==", "celeriac=="))
    assert "celery" in pins.compare("requirements.txt")[0]


def test_a_pin_outside_the_wanted_range_is_noticed(copy: Path):
    copy.write_text(copy.read_text().replace("django==5.2", "django==4.2"))
    assert "Django" in pins.compare("requirements.txt")[0]


def test_an_address_is_noticed(copy: Path):
    copy.write_text("--index-url https://packages.example.com\n" + copy.read_text())
    assert pins.compare("requirements.txt") == ["requirements.txt: names an address"]


def test_a_pin_without_a_hash_is_noticed(copy: Path):
    copy.write_text(copy.read_text() + "left-pad==1.0\n")
    assert pins.compare("requirements.txt") == ["requirements.txt: left-pad==1.0 has no hash"]
