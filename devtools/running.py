"""How another terminal finds the running demo: ``manage.py`` asks here when it was told no settings.

The standard library only: it is imported before anything else.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT_FILE = "environment.json"


def adopt() -> None:
    """Take over the running demo's environment, unless this process was given one of its own."""
    if "ORIGIN" in os.environ or "DJANGO_SETTINGS_MODULE" in os.environ:
        return
    path = Path(os.environ.get("DATA_DIR") or ROOT / ".data") / ENVIRONMENT_FILE
    try:
        environment: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        return
    os.environ.update(environment)


def enter_venv() -> None:
    """Go on in ``.venv`` where this Python has no Django, so that ``python3 manage.py people`` just works."""
    python = ROOT / ".venv" / "bin" / "python"
    if importlib.util.find_spec("django") is None and python.exists() and Path(sys.prefix) != ROOT / ".venv":
        os.execv(python, [str(python), *sys.argv])


def prepare(command: str) -> None:
    """What ``manage.py`` asks for before it loads the settings."""
    enter_venv()
    adopt()
    told = "DJANGO_SETTINGS_MODULE" in os.environ or os.environ.get("DEMO") in {"1", "true", "yes"}
    if command == "people" and not told:
        sys.exit("The people and their codes exist in the demo only, and no demo is running here: make demo")
