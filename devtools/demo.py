"""``make demo``: the whole story on real parts, in one terminal and one data folder.

This process starts everything, watches it, and stops it on Ctrl-C. It never imports Django's settings:
it makes the environment that they are read from, and leaves it in the data folder so that
``python manage.py people`` in another terminal finds the running demo.
"""

import argparse
import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from devtools import embedded, smtp
from devtools.mailbox import data_folder
from devtools.processes import Children, Failed, end_with_parent, lock
from devtools.running import ENVIRONMENT_FILE
from devtools.stack import ROOT, Stack, listen

# Its second story is the same night in a portal that lets the changes of a risky session wait.
STORIES = ("", "held")
OURS = ("mail", "logs", "keys.json", "story.json", "beat-schedule*", ENVIRONMENT_FILE)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="devtools.demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget the demo's data")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the starting process dies")
    chosen = parser.parse_args(arguments)
    if chosen.end_with_parent:
        end_with_parent()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    try:
        story = _story()
        data = data_folder() / story
        data.mkdir(parents=True, exist_ok=True)
        with lock(data / "lock") as held:
            if chosen.reset:
                reset(data)
            else:
                with Children(data / "logs", held) as children:
                    run(data, children, story)
    except (Failed, OSError) as error:
        print(f"The demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The data is kept; `make demo` goes on, `make demo-reset` forgets it.")
    return 0


def run(data: Path, children: Children, story: str) -> None:
    """Start all parts, say where, and watch them until one ends or somebody interrupts."""
    started = time.monotonic()
    sock = _listen_on(_port())
    origin = f"http://localhost:{sock.getsockname()[1]}"
    environment = {**_services(data, children), **_mail_catcher(data, children), **_keys(data)}
    environment |= {
        "DEMO": "1",
        "ORIGIN": origin,
        "DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "GUARD_RISKY_SESSIONS": "true" if story == "held" else "false",
    }
    environment["MAIL_FROM"] = "Orikaeshi <no-reply@orikaeshi.example>"

    _say("Starting the web server")
    stack = Stack(children, environment, data)
    stack.start_web(sock)
    _say("Bringing the tables up to date")
    _manage(environment, "migrate", "--verbosity", "0")
    # Before there is a worker: the mails of the past go out with the dates of then.
    _manage(environment, "story")
    _say("Starting worker and beat")
    stack.start_worker()
    stack.start_beat()
    stack.wait_until_ready(origin)
    with _left_for_others(data / ENVIRONMENT_FILE, environment):
        print(f"ready {origin}", flush=True)
        _manage(environment, "people")
        print(
            f"\nMails that the demo sent: {origin}/demo/mail/    Components: {origin}/demo/components/\n"
            f"Fresh codes: {_at(data)}.venv/bin/python manage.py people    Logs: {data / 'logs'}\n"
            f"Up in {time.monotonic() - started:.1f} s. Ctrl-C stops it and keeps the data.",
            flush=True,
        )
        while not (ended := children.ended()):
            time.sleep(0.5)
    raise Failed(f"{ended.name} ended by itself. {ended.log} ends with:\n{ended.last_words()}")


def reset(data: Path) -> None:
    """Delete what the demo made in ``data``, and nothing else that may lie there."""
    if os.environ.get("DATABASE_URL"):
        raise Failed("DATABASE_URL names a database of your own: empty it yourself, it is not ours to drop.")
    embedded.remove(data)
    for path in [path for pattern in OURS for path in data.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    print(f"The demo's data in {data} is gone. `make demo` starts over.")


def _story() -> str:
    value = os.environ.get("STORY", "")
    if value not in STORIES:
        raise Failed(f"There is no story {value!r}: make demo, or make demo STORY=held.")
    return value


def _at(data: Path) -> str:
    """What a command in another terminal needs before it, to find this demo."""
    return "" if data == ROOT / ".data" else f"DATA_DIR={data} "


def _port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise Failed(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def _listen_on(port: int) -> socket.socket:
    try:
        return listen(port)
    except PermissionError:
        raise Failed(f"Port {port} is not open to this account: PORT=8001 make demo") from None
    except OSError:
        raise Failed(f"Port {port} is taken by another program: PORT={port + 1} make demo") from None


def _services(data: Path, children: Children) -> dict[str, str]:
    """PostgreSQL and Valkey: those that the environment names, else our own."""
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if "DATABASE_URL" not in named:
        _say(f"Starting PostgreSQL in {data}")
        postgres = embedded.Postgres(data, children)
        postgres.start()
        named["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in named:
        _say("Starting Valkey")
        valkey = embedded.Valkey(data, children)
        valkey.start()
        named["REDIS_URL"] = valkey.url
    return named


def _mail_catcher(data: Path, children: Children) -> dict[str, str]:
    """An SMTP server of our own that keeps every mail in ``data``."""
    with smtp.listen() as sock:
        port = sock.getsockname()[1]
        command = [sys.executable, "-m", "devtools.smtp", "--fd", str(sock.fileno()), str(data / "mail")]
        children.start("smtp", command, cwd=ROOT, pass_fds=[sock.fileno()])
    return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_USER": "", "SMTP_PASSWORD": ""}


def _keys(data: Path) -> dict[str, str]:
    """The demo's own secrets, made once: what is sealed must open again after a restart."""
    path = data / "keys.json"
    if not path.exists():
        keys = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SEALING_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(keys))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _manage(environment: Mapping[str, str], *command: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", *command], env={**os.environ, **environment}, check=False
    )
    if done.returncode:
        raise Failed(f"`manage.py {command[0]}` ended with {done.returncode}, see above.")


@contextmanager
def _left_for_others(path: Path, environment: Mapping[str, str]) -> Iterator[None]:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(environment))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _say(what: str) -> None:
    print(f"{what} ...", flush=True)


def _interrupt(sign: int, frame: FrameType | None) -> None:
    # A second Ctrl-C must not cut short the stopping that the first began.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
