"""Hold requirements*.txt against pyproject.toml, or renew them: ``python -m devtools.pins [--renew]``."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
GROUPS = {"requirements.txt": (), "requirements-demo.txt": ("demo",), "requirements-dev.txt": ("demo", "dev")}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[.*?])?==(?P<version>[^ ;\\]+)", re.MULTILINE)


def main() -> int:
    if "--renew" in sys.argv[1:]:
        renew()
    problems = [problem for name in GROUPS for problem in compare(name)]
    print("\n".join(problems) or "The pins match pyproject.toml.")
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
    pins = {canonicalize_name(found["name"]): found["version"] for found in PIN.finditer(text)}
    problems = []
    for wanted in wanted_by(name):
        pinned = pins.get(canonicalize_name(wanted.name))
        if pinned is None or not wanted.specifier.contains(pinned, prereleases=True):
            problems.append(f"{name}: {wanted} is wanted, {pinned or 'nothing'} is pinned: make requirements")
    blocks = filter(PIN.match, re.split(r"\n(?=[A-Za-z0-9])", text))
    problems += [
        f"{name}: {block.split()[0]} has no hash" for block in blocks if "--hash=sha256:" not in block
    ]
    if "://" in text or "--index" in text or "--find-links" in text:
        problems.append(f"{name}: names an address")
    return problems


def wanted_by(name: str) -> list[Requirement]:
    """The requirements of pyproject.toml that this file must pin."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for group in GROUPS[name]:
        lines += [line for line in project["dependency-groups"][group] if isinstance(line, str)]
    return [Requirement(line) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
