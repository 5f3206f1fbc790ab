"""The portal's own processes: web, worker, beat. The demo and the journey tests run the same ones."""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from devtools.processes import Child, Children

ROOT = Path(__file__).resolve().parent.parent


class Stack:
    """Starts the portal's processes with one environment; ``children`` stops them."""

    def __init__(self, children: Children, environment: Mapping[str, str], data: Path) -> None:
        self._children = children
        self._data = data
        self._environment = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}

    def start_web(self, sock: socket.socket) -> Child:
        """Serve pages and live streams on a listening socket that the caller holds."""
        sock.set_inheritable(True)
        options = [
            "--fd",
            str(sock.fileno()),
            "--timeout-graceful-shutdown",
            "2",
            "--no-server-header",
            "--no-proxy-headers",
            "--no-access-log",
        ]
        # One thread a request serves the pages by ASGI: a kept connection would never be used again.
        return self._start(
            "web",
            ["uvicorn", "portal.asgi:application", *options],
            pass_fds=[sock.fileno()],
            DATABASE_CONNECTION_AGE="0",
        )

    def start_worker(self) -> Child:
        options = ["--concurrency", "2", "--loglevel", "info", "--without-gossip", "--without-mingle"]
        return self._start("worker", ["celery", "-A", "portal", "worker", *options])

    def start_beat(self) -> Child:
        options = ["--loglevel", "info", "--schedule", str(self._data / "beat-schedule"), "--pidfile="]
        return self._start("beat", ["celery", "-A", "portal", "beat", *options])

    def wait_until_ready(self, origin: str, limit: float = 60) -> None:
        """Wait until ``/readyz`` says that database, Redis and a worker answer."""
        self._children.wait_until(self._children.named("web"), lambda: _is_ready(origin), limit)

    def _start(
        self, name: str, command: list[str], pass_fds: list[int] | None = None, **environment: str
    ) -> Child:
        return self._children.start(
            name,
            [sys.executable, "-m", *command],
            env=self._environment | environment,
            cwd=ROOT,
            pass_fds=pass_fds or [],
        )


def listen(port: int) -> socket.socket:
    """A listening socket on this machine alone; 0 picks a free port. OSError where it is taken."""
    return socket.create_server(("127.0.0.1", port), backlog=128)


def _is_ready(origin: str) -> bool:
    try:
        with urllib.request.urlopen(f"{origin}/readyz", timeout=5) as answer:  # noqa: S310 - our own origin
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
