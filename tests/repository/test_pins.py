import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from devtools import pins

PRODUCTION = ("accounts", "audit", "common", "notifications", "portal", "recovery", "telephony")
OURS = (*PRODUCTION, "benchmarks", "devtools", "tests")


@pytest.mark.parametrize("name", pins.GROUPS)
def test_the_pins_match_the_project_and_are_complete_on_every_python_and_machine(name):
    assert pins.compare(name) == []


def test_every_python_that_the_project_allows_is_looked_at():
    project = tomllib.loads((pins.ROOT / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    every = {f"3.{minor}" for minor in range(30) if allowed.contains(f"3.{minor}.5")}
    assert {environment["python_version"] for environment in pins.environments()} == every


def test_what_is_installed_here_lacks_nothing():
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr


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


# What somebody has installed by hand would hide that a pin is missing.
@pytest.mark.parametrize(
    ("app", "name"),
    [
        *((app, "requirements.txt") for app in PRODUCTION),
        *((app, "requirements-dev.txt") for app in ("benchmarks", "devtools", "tests")),
    ],
)
def test_what_is_imported_is_pinned_for_it(app, name):
    pinned = {canonicalize_name(pin.name) for pin in pins.pinned(name)}
    known = packages_distributions()
    for package in imported_by(app) - set(OURS) - set(sys.stdlib_module_names):
        assert {canonicalize_name(name) for name in known[package]} & pinned, package


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*pins.GROUPS, "pyproject.toml"):
        (tmp_path / name).write_text((pins.ROOT / name).read_text())
    monkeypatch.setattr(pins, "ROOT", tmp_path)
    return tmp_path / "requirements.txt"


def repin(copy: Path, package: str, pin: str) -> None:
    """Put ``pin`` in the place of the package's own."""
    text, count = re.subn(rf"^{package}==[^ ]+", pin, copy.read_text(), flags=re.MULTILINE)
    assert count == 1
    copy.write_text(text)


@pytest.mark.parametrize(
    ("taken_out", "who", "where"),
    [
        pytest.param("celery", "pyproject.toml", "Python 3.11.0, linux x86_64", id="the project’s own"),
        pytest.param("vine", "amqp", "Python 3.11.0, linux x86_64", id="a package’s"),
        pytest.param("redis", "kombu", "Python 3.11.0, linux x86_64", id="an extra’s of an extra"),
        pytest.param("psycopg-binary", "psycopg", "Python 3.11.0, linux x86_64", id="an extra’s"),
        pytest.param("async-timeout", "redis", "Python 3.11.0, linux x86_64", id="some Pythons' only"),
    ],
)
def test_a_pin_that_is_taken_out_is_noticed(copy: Path, taken_out, who, where):
    repin(copy, taken_out, "celeriac==1.0")
    problems = [problem for problem in pins.compare("requirements.txt") if f" {who} needs " in problem]
    assert f"needs {taken_out}" in problems[0]
    assert problems[0].endswith(f"it gets nothing: make requirements ({where})")


@pytest.mark.parametrize(
    ("marker", "where"),
    [
        ("python_version != '3.12'", "Python 3.12.0, linux x86_64"),
        ("python_full_version < '3.13.1'", "Python 3.13.99, linux x86_64"),
        ("platform_machine != 'aarch64'", "Python 3.11.0, linux aarch64"),
        ("sys_platform == 'linux'", "Python 3.11.0, darwin arm64"),
    ],
)
def test_a_pin_that_one_python_or_machine_does_not_install_is_noticed(copy: Path, marker, where):
    repin(copy, "vine", rf"\g<0> ; {marker}")
    problems = pins.compare("requirements.txt")
    assert problems
    assert all("needs vine" in problem and problem.endswith(f"({where})") for problem in problems)


@pytest.mark.parametrize(
    ("pin", "other", "who", "gets"),
    [
        ("django", "django==4.2.1", "pyproject.toml", "4.2.1"),
        ("vine", "vine==99.0", "amqp", "99.0"),
    ],
)
def test_a_pin_outside_the_wanted_range_is_noticed(copy: Path, pin, other, who, gets):
    repin(copy, pin, other)
    problems = pins.compare("requirements.txt")
    assert any(f"{who} needs" in problem and f"it gets {gets}" in problem for problem in problems)


def test_a_package_that_does_not_run_on_every_python_is_noticed(copy: Path, monkeypatch):
    needs = Requirement("python>=3.10,<3.13")
    real = pins.needs_of
    monkeypatch.setattr(
        pins, "needs_of", lambda *pin: (*real(*pin), needs) if pin[0] == "vine" else real(*pin)
    )
    problem = "vine needs python<3.13,>=3.10, it gets 3.13.0: make requirements (Python 3.13.0, linux x86_64)"
    assert f"requirements.txt: {problem}" in pins.compare("requirements.txt")


def test_what_nobody_here_can_tell_is_not_taken_for_complete(copy: Path):
    repin(copy, "async-timeout", "async-timeout==99.0")
    assert "what async-timeout==99.0 needs is unknown" in pins.compare("requirements.txt")[0]


def test_an_address_is_noticed(copy: Path):
    copy.write_text("--index-url https://packages.example.com\n" + copy.read_text())
    assert pins.compare("requirements.txt") == ["requirements.txt: names an address"]


def test_a_pin_without_a_hash_is_noticed(copy: Path):
    copy.write_text(copy.read_text() + "left-pad==1.0\n")
    assert pins.compare("requirements.txt") == ["requirements.txt: left-pad==1.0 has no hash"]


INSTALL = re.compile(r"pip install [^`\n&]*")
AS_IT_IS = re.compile(r"pip install --no-deps --require-hashes -r requirements[a-z-]*\.txt")
INSTALLERS = ("Dockerfile", "Makefile", "docker-compose.yml", ".ci/*", "*.md", "docs/**/*.md", "devtools/*")


def test_every_command_that_installs_takes_the_lock_as_it_is():
    written = [
        path.read_text() for pattern in INSTALLERS for path in pins.ROOT.glob(pattern) if path.is_file()
    ]
    commands = [command for text in written for command in INSTALL.findall(text)]
    assert len(commands) >= 2
    assert [command for command in commands if not AS_IT_IS.match(command)] == []
