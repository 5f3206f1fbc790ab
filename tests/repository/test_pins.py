from pathlib import Path

import pytest

from devtools import pins


@pytest.mark.parametrize("name", pins.GROUPS)
def test_the_pins_match_the_project(name):
    assert pins.compare(name) == []


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
