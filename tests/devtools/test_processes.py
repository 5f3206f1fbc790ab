"""Children end with their parent, and a data folder serves one run at a time."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools.processes import Children, Failed, lock

PARENT = """
import sys, time
from pathlib import Path
from devtools.processes import Children, lock
data = Path(sys.argv[1])
held = lock(data / "lock")
child = Children(data / "logs", held).start("sleeper", ["sleep", "60"])
print(child.process.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def parent(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel’s help is Linux’s")
def test_a_killed_parent_leaves_no_orphan(parent):
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    end = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_alive(child)


def test_a_second_run_on_the_same_data_is_refused_while_the_first_lives(parent, tmp_path):
    parent.stdout.readline()
    with pytest.raises(Failed, match="in use by another run"):
        lock(tmp_path / "lock")


def test_what_a_killed_run_leaves_is_waited_for(parent, tmp_path):
    parent.stdout.readline()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    lock(tmp_path / "lock").close()


def test_a_child_that_ends_at_once_says_why(tmp_path):
    with Children(tmp_path) as children:
        child = children.start("broken", ["sh", "-c", "echo no such table; exit 3"])
        with pytest.raises(Failed, match="no such table"):
            children.wait_until(child, lambda: False)


def test_a_child_that_never_gets_ready_is_given_up(tmp_path):
    with Children(tmp_path) as children:
        child = children.start("slow", ["sleep", "60"])
        with pytest.raises(Failed, match="did not get ready"):
            children.wait_until(child, lambda: False, limit=0.2)
