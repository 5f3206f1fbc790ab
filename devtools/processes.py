"""Child processes that end when we end, whatever ends us."""

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """Something could not be started. ``str()`` is for the person at the terminal."""


def end_with_parent(sign: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to send ``sign`` to this process as soon as its parent dies, even by SIGKILL."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def lock(path: Path, patience: float = 20) -> IO[str]:
    """Hold ``path`` for this process and the children that inherit it, until the last of them has ended.

    What a killed run left behind is on its way out: that is waited for, a living run is not.

    Raises:
        Failed: another run holds it.
    """
    held = path.open("a+")
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _is_alive(path.read_text()) or time.monotonic() > end:
                held.close()
                raise Failed(f"{path.parent} is in use by another run. Stop it, or set DATA_DIR.") from None
            time.sleep(0.1)
        else:
            held.truncate(0)
            held.write(str(os.getpid()))
            held.flush()
            return held


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_by: signal.Signals

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def last_words(self, count: int = 15) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-count:])

    def stop(self, patience: float = 20) -> None:
        """Ask it to end; after ``patience`` seconds end its whole group."""
        if self.running:
            self.process.send_signal(self.stop_by)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to the process and everything that it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Children:
    """The processes of one run, started in order and stopped in the reverse order."""

    def __init__(self, logs: Path, held: IO[str] | None = None) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self._inherited = [held.fileno()] if held else []  # the lock lasts as long as they do
        self._children: list[Child] = []

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        account: pwd.struct_passwd | None = None,
        cwd: Path | None = None,
        stop_by: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
    ) -> Child:
        """Start ``command`` in a session of its own; its output goes to ``<logs>/<name>.log``."""
        parent = os.getpid()

        def before_exec() -> None:
            # After the change of account, which would clear the setting.
            end_with_parent(stop_by)
            if os.getppid() != parent:
                os._exit(1)

        log = self.logs / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                cwd="/" if account else cwd,
                start_new_session=True,
                pass_fds=[*self._inherited, *pass_fds],
                preexec_fn=before_exec,
                **as_account(account),
            )
        child = Child(name, process, log, stop_by)
        self._children = [other for other in self._children if other.name != name] + [child]
        return child

    def wait_until(self, child: Child, ready: Callable[[], bool], limit: float = 30) -> None:
        """Wait for ``ready()``.

        Raises:
            Failed: the child ended, or ``limit`` seconds went by.
        """
        end = time.monotonic() + limit
        while not ready():
            if not child.running:
                raise Failed(f"{child.name} ended at once. {child.log} ends with:\n{child.last_words()}")
            if time.monotonic() > end:
                raise Failed(f"{child.name} did not get ready in {limit:.0f} s; see {child.log}")
            time.sleep(0.05)

    def ended(self) -> Child | None:
        """The first child that is no longer running, if any."""
        return next((child for child in self._children if not child.running), None)

    def named(self, name: str) -> Child:
        return next(child for child in self._children if child.name == name)

    def stop(self) -> None:
        while self._children:
            self._children.pop().stop()

    def kill(self) -> None:
        while self._children:
            self._children.pop().kill()


class Account(TypedDict, total=False):
    """The arguments of ``subprocess`` that choose who runs a command."""

    user: int
    group: int
    extra_groups: list[str | int]


def as_account(account: pwd.struct_passwd | None) -> Account:
    """The arguments of ``subprocess`` that run a command as ``account``."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
