"""`make demo` refuses clearly what it cannot do, before it starts anything."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.processes import lock

ROOT = Path(__file__).resolve().parents[2]


def demo(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run(
        [sys.executable, "-m", "devtools.demo", *arguments],
        env={**kept, "DATA_DIR": str(data), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_taken_port_is_named_with_a_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = demo(tmp_path, PORT=str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert f"PORT={port + 1} make demo" in done.stderr


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(tmp_path, port):
    done = demo(tmp_path, PORT=port)
    assert done.returncode == 1
    assert "PORT must be a number" in done.stderr


def test_a_second_demo_on_the_same_data_is_refused(tmp_path):
    with lock(tmp_path / "lock"):
        done = demo(tmp_path, PORT="0")
    assert done.returncode == 1
    assert "in use by another run" in done.stderr


def test_a_reset_takes_only_what_the_demo_made(tmp_path):
    for name in ("pg", "valkey", "mail", "logs", "holiday photos"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    (tmp_path / "beat-schedule.db").write_text("x")
    done = demo(tmp_path, "--reset")
    assert done.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"holiday photos", "lock"}


def test_a_reset_never_touches_a_database_that_was_named(tmp_path):
    done = demo(tmp_path, "--reset", DATABASE_URL="postgres://somebody@elsewhere/important")
    assert done.returncode == 1
    assert "a database of your own" in done.stderr


@pytest.mark.parametrize("named", [{}, {"DEMO": "0", "ORIGIN": "https://recovery.example.com"}])
def test_the_people_are_not_told_outside_the_demo(tmp_path, named):
    kept = {
        name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DEMO"}
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "people", "--json"],
        env={**kept, "DATA_DIR": str(tmp_path), **named},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert "exist in the demo only" in done.stderr
