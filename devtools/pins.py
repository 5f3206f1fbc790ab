"""Hold requirements*.txt against pyproject.toml, or renew them: ``python -m devtools.pins [--renew]``.

pip is told to install what stands in these files and to resolve nothing. So each must be complete, on every
Python and machine that we support: what a pinned package needs there is itself pinned.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from devtools.environment import NEWEST, OLDEST

ROOT = Path(__file__).resolve().parent.parent
GROUPS = {"requirements.txt": (), "requirements-demo.txt": ("demo",), "requirements-dev.txt": ("demo", "dev")}
PIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[.*?])?==[^\\\n]+", re.MULTILINE)

# Stands among the packages: they need some Python as they need each other.
PYTHON = canonicalize_name("python")
# The first and the last release of each: a marker may mean some of them only.
PYTHONS = [f"3.{minor}.{release}" for minor in range(OLDEST[1], NEWEST[1] + 1) for release in (0, 99)]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"}
MACHINES = (
    {**LINUX, "platform_machine": "x86_64"},
    {**LINUX, "platform_machine": "aarch64"},
    {**MACOS, "platform_machine": "arm64"},
    {**MACOS, "platform_machine": "x86_64"},
)
# What a package needs is asked of the installed one. What only some Pythons install
# was looked up: it needs nothing.
NEED_NOTHING = {"async-timeout": "5.0.1"}


def main() -> int:
    if "--renew" in sys.argv[1:]:
        renew()
        return 0
    problems = [problem for name in GROUPS for problem in compare(name)]
    print("\n".join(problems) or "The pins match pyproject.toml and are complete.")
    return 1 if problems else 0


def renew() -> None:
    """Resolve for all supported Pythons and machines at once; the largest set first, the others follow it."""
    options = ["--quiet", "--universal", "--python-version", "3.11", "--upgrade", "--generate-hashes"]
    options += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    options += ["--custom-compile-command", "make requirements"]
    largest = "requirements-dev.txt"
    for name in sorted(GROUPS, key=lambda name: name != largest):
        groups = [option for group in GROUPS[name] for option in ("--group", group)]
        follow = [] if name == largest else ["--constraints", largest]
        command = ["uv", "pip", "compile", *options, *groups, *follow, "pyproject.toml", "-o", name]
        subprocess.run([sys.executable, "-m", *command], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def compare(name: str) -> list[str]:
    """What is wrong with one file of pins, as sentences."""
    text = (ROOT / name).read_text()
    problems = missing(name)
    blocks = filter(PIN.match, re.split(r"\n(?=[A-Za-z0-9])", text))
    problems += [
        f"{name}: {block.split()[0]} has no hash" for block in blocks if "--hash=sha256:" not in block
    ]
    if "://" in text or "--index" in text or "--find-links" in text:
        problems.append(f"{name}: names an address")
    return problems


def missing(name: str) -> list[str]:
    """What pyproject.toml or a pinned package needs and this file does not pin, as sentences."""
    found: dict[str, str] = {}  # most are the same on all Pythons and machines: the first is named
    for environment in environments():
        where = "Python {python_full_version}, {sys_platform} {platform_machine}".format_map(environment)
        for problem in missing_there(name, environment):
            found.setdefault(problem, where)
    return [f"{name}: {problem} ({where})" for problem, where in found.items()]


def missing_there(name: str, environment: dict[str, str]) -> Iterator[str]:
    """Follow what is needed on one Python and machine, from pyproject.toml on."""
    pins = {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pinned(name)
        if pin.marker is None or pin.marker.evaluate(environment)
    }
    pins[PYTHON] = environment["python_full_version"]
    waiting = [("pyproject.toml", wanted) for wanted in wanted_by(name)]
    seen = set()
    while waiting:
        who, wanted = waiting.pop()
        package = canonicalize_name(wanted.name)
        version = pins.get(package)
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            yield f"{who} needs {wanted}, it gets {version or 'nothing'}: make requirements"
        elif package != PYTHON and (package, *sorted(wanted.extras)) not in seen:
            seen.add((package, *sorted(wanted.extras)))
            needs = needs_of(package, version)
            if needs is None:
                yield f"what {package}=={version} needs is unknown here: look, and see NEED_NOTHING"
            waiting += [(package, need) for need in needs or () if applies(need, wanted.extras, environment)]


def environments() -> Iterator[dict[str, str]]:
    """Every Python and machine that we support, as the names that markers ask for."""
    for python in PYTHONS:
        for machine in MACHINES:
            yield {
                **machine,
                "python_full_version": python,
                "python_version": python.rpartition(".")[0],
                "implementation_name": "cpython",
                "implementation_version": python,
                "platform_python_implementation": "CPython",
            }


def pinned(name: str) -> list[Requirement]:
    """The pins of one file, with their markers."""
    return [Requirement(found[0]) for found in PIN.finditer((ROOT / name).read_text())]


@cache
def needs_of(package: str, version: str) -> tuple[Requirement, ...] | None:
    """What this release of a package says that it needs, Python included; None where nobody here can tell."""
    try:
        installed = distribution(package)
    except PackageNotFoundError:
        return () if NEED_NOTHING.get(package) == version else None
    if Version(installed.version) != Version(version):
        return None
    python = f"python{installed.metadata.json.get('requires_python', '')}"
    return tuple(Requirement(line) for line in (python, *(installed.requires or ())))


def applies(need: Requirement, extras: set[str], environment: dict[str, str]) -> bool:
    """Whether a package that was asked for with ``extras`` needs this there."""
    return need.marker is None or any(
        need.marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)
    )


def wanted_by(name: str) -> list[Requirement]:
    """The requirements of pyproject.toml that this file must pin."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for group in GROUPS[name]:
        lines += [line for line in project["dependency-groups"][group] if isinstance(line, str)]
    return [Requirement(line) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
