"""Make .venv hold exactly the pinned packages of ``demo`` or ``dev``, quickly where it already does.

Runs on the system's Python, before anything is installed: the standard library only.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
KINDS = {"demo": ("demo", "dev"), "dev": ("dev",)}  # what serves as what
OLDEST, NEWEST = (3, 11), (3, 13)


def main(kind: str) -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}: make PYTHON=...")
    requirements = ROOT / f"requirements-{kind}.txt"
    with Path(__file__).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two makes at once install one after the other
        if not any(_is_installed(served) for served in KINDS[kind]):
            _install(kind, requirements)


def _made_for() -> str:
    return f"{sys.version}\n{ROOT}\n"


def _stamp(kind: str) -> str:
    return hashlib.sha256((ROOT / f"requirements-{kind}.txt").read_bytes()).hexdigest()


def _holds(name: str, content: str) -> bool:
    stamp = VENV / name
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == content


def _is_installed(kind: str) -> bool:
    return _holds("made-for", _made_for()) and _holds(f"installed-{kind}", _stamp(kind))


def _holds_pins_alone() -> bool:
    """False where .venv is not there, or may hold what no list pins any more and so hide a missing pin."""
    installed = [kind for kind in KINDS if (VENV / f"installed-{kind}").exists()]
    return bool(installed) and all(_is_installed(kind) for kind in installed)


def _install(kind: str, requirements: Path) -> None:
    print(f"Installing {requirements.name} into .venv, once ...", flush=True)
    if not _holds_pins_alone():
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
        if made.returncode:
            sys.exit("Python could not make .venv. On Debian and Ubuntu: apt-get install python3-venv")
        (VENV / "made-for").write_text(_made_for())
    settings = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_USER": "0"}
    # -I: what PYTHONPATH holds does not count as installed.
    # The lock is complete, so pip resolves nothing: its hash mode would refuse `name[extra]` as soon as the
    # index has a newer release of `name` than the pin.
    subprocess.run(
        [
            *(str(PYTHON), "-I", "-m", "pip", "install", "-qq"),
            *("--no-deps", "--require-hashes", "-r", str(requirements)),
        ],
        check=True,
        env={**os.environ, **settings},
    )
    (VENV / f"installed-{kind}").write_text(_stamp(kind))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"pip ended with {error.returncode}: the packages are not installed.")
