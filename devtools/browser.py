"""Find a Chromium for the browser tests, or install the system's: ``python -m devtools.browser``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Without a Japanese font, the pictures of Japanese pages would show boxes.
PACKAGES = ("chromium", "fonts-ipafont-gothic")


def system_chromium() -> str | None:
    """``$BROWSER_PATH``, or the system's Chromium, or None."""
    chosen = os.environ.get("BROWSER_PATH")
    if chosen:
        return chosen
    return next(filter(None, map(shutil.which, NAMES)), None)


def playwright_chromium() -> bool:
    """Whether Playwright has a Chromium of its own on this machine."""
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return any(root.glob("chromium*"))


def main() -> int:
    if system_chromium() or playwright_chromium():
        return 0
    apt = shutil.which("apt-get")
    if apt and (os.geteuid() == 0 or _may_sudo()):
        print(f"Installing {' and '.join(PACKAGES)} for the browser tests ...", flush=True)
        _install(apt)
        if system_chromium():
            return 0
    print(
        "The browser tests need Chromium, and it could not be installed from here. Install it with\n"
        f"    apt-get install --no-install-recommends {' '.join(PACKAGES)}\n"
        "or    .venv/bin/playwright install chromium\n"
        "or set BROWSER_PATH to a Chromium or Chrome that is already there.",
        file=sys.stderr,
    )
    return 1


def _install(apt: str) -> None:
    prefix = [apt] if os.geteuid() == 0 else ["sudo", "-n", apt]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        # Its failure is told by what is missing afterwards.
        subprocess.run([*prefix, *command], check=False, env=environment, stdout=subprocess.DEVNULL)


def _may_sudo() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
