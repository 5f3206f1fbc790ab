"""`make` installs the lock as it is: on any day, whatever the index has that is newer.

The index is a folder of packages made here, so nothing leaves the machine; pip is what this Python brings.
"""

import ensurepip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.version import Version

from devtools.stack import ROOT

NEEDS = {
    "root": ["lib[extra]>=1"],
    "lib": ["addition>=1; extra == 'extra'"],
    "addition": [],
    "left-over": [],
}
LOCK = {"root": "1.0", "lib": "1.0", "addition": "1.0"}


def publish(index: Path, name: str, version: str) -> str:
    """Put a package that needs what NEEDS says into the index; its hash."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {need}\n" for need in NEEDS[name])
    metadata += "".join(f"Provides-Extra: {extra}\n" for extra in re.findall(r"extra == '(\w+)'", metadata))
    files = {
        f"{name.replace('-', '_')}.py": f"version = {version!r}\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{path},sha256={urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},"
        f"{len(text.encode())}\n"
        for path, text in files.items()
    ]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"])
    folder = index / name
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{info.removesuffix('.dist-info')}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        for path, text in files.items():
            package.writestr(path, text)
    links = [f'<a href="{each.name}">{each.name}</a>' for each in sorted(folder.glob("*.whl"))]
    (folder / "index.html").write_text("<!DOCTYPE html>\n" + "\n".join(links))
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


class Clone:
    """A fresh clone with this lock, and an index of its own."""

    def __init__(self, folder: Path, lock: dict[str, str] = LOCK) -> None:
        self.index = folder / "index"
        self.root = folder / "a clone"  # nobody's folder is refused for its name
        (self.root / "devtools").mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", self.root)
        shutil.copy(ROOT / "devtools/environment.py", self.root / "devtools")
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index.as_uri(),
        }
        self.lock(lock)

    def lock(self, pins: dict[str, str]) -> None:
        lines = [
            f"{name}=={version} \\\n    --hash=sha256:{publish(self.index, name, version)}\n"
            for name, version in pins.items()
        ]
        for kind in ("demo", "dev"):
            (self.root / f"requirements-{kind}.txt").write_text("".join(lines))

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("make", *words)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )

    def installed(self) -> dict[str, str]:
        """What .venv holds, apart from what every environment holds."""
        (packages,) = self.root.glob(".venv/lib/python*/site-packages")
        found = {each.metadata["Name"]: each.version for each in distributions(path=[str(packages)])}
        return {name: version for name, version in found.items() if name not in {"pip", "setuptools"}}


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Set up on a day when the index has a newer release than the pin."""
    clone = Clone(tmp_path_factory.mktemp("later"))
    publish(clone.index, "lib", "1.1")
    made = clone.make("environment", "environment-dev", "-j2")  # one waits for the other
    assert (made.returncode, made.stderr) == (0, "")
    return clone


def test_a_release_newer_than_the_pin_changes_nothing(later: Clone):
    assert later.installed() == LOCK


@pytest.mark.skipif(Version(ensurepip.version()) >= Version("23.3"), reason="this pip would not mind")
def test_an_old_pip_left_to_resolve_would_refuse_that_lock(later: Clone):
    pip = (".venv/bin/python", "-m", "pip", "install", "-qq", "--dry-run", "--ignore-installed")
    refused = later.run(*pip, "--require-hashes", "-r", "requirements-dev.txt")
    assert refused.returncode
    assert "must have their versions pinned with ==" in refused.stderr


@pytest.mark.parametrize("word", ["environment-dev", "environment"])
def test_what_is_installed_is_not_installed_again(later: Clone, word):
    made = later.make(word)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")


def test_what_is_set_for_other_work_does_not_count(tmp_path: Path):
    clone = Clone(tmp_path)
    with zipfile.ZipFile(clone.index / "lib/lib-1.0-py3-none-any.whl") as package:
        package.extractall(tmp_path / "other work")
    clone.environment |= {"PYTHONPATH": str(tmp_path / "other work"), "PIP_USER": "1"}
    made = clone.make("environment-dev")
    assert (made.returncode, made.stderr) == (0, "")
    assert clone.installed() == LOCK


def test_a_changed_lock_is_installed_anew_with_its_own_hashes_and_nothing_left_over(tmp_path: Path):
    clone = Clone(tmp_path, {**LOCK, "left-over": "1.0"})
    clone.make("environment-dev")
    assert clone.installed() == {**LOCK, "left-over": "1.0"}

    clone.lock(LOCK)
    lock = clone.root / "requirements-dev.txt"
    right = lock.read_text()
    lock.write_text(re.sub(r"(?<=sha256:)\w{64}", 64 * "0", right, count=1))
    refused = clone.make("environment-dev")
    assert refused.returncode
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert "the packages are not installed" in refused.stderr

    lock.write_text(right)
    assert clone.make("environment-dev").returncode == 0
    assert clone.installed() == LOCK
