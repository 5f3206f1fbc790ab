"""What a figure stands on: PostgreSQL and Valkey, a database of its own, and production's settings.

``DATABASE_URL`` and ``REDIS_URL`` name services to use; where they are unset, the wheels' programs run in
``.data/bench``. The named PostgreSQL account must be allowed to make databases: each figure makes one and
drops it. The named Redis database must be nobody else's: it is emptied, and a worker listens on it.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from benchmarks.figure import say
from devtools import smtp
from devtools.embedded import Postgres, Valkey
from devtools.processes import Children, lock
from devtools.stack import ROOT

DATA = Path(os.environ.get("DATA_DIR") or ROOT / ".data").resolve() / "bench"


@dataclass
class Environment:
    """``environment`` is what the portal's processes get; this process has it too."""

    environment: Mapping[str, str]
    children: Children
    data: Path


@contextmanager
def services() -> Iterator[None]:
    """PostgreSQL and Valkey for all that runs inside, named by the two variables.

    They are as careful with what they keep as the demo's: what a commit costs is part of the figures.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield
        return
    DATA.mkdir(parents=True, exist_ok=True)
    with lock(DATA / "lock") as held, Children(DATA / "logs", held) as children:
        own: dict[str, str] = {}
        if not os.environ.get("DATABASE_URL"):
            postgres = Postgres(DATA, children)
            postgres.start()
            own["DATABASE_URL"] = postgres.url
        if not os.environ.get("REDIS_URL"):
            valkey = Valkey(DATA, children)
            valkey.start()
            own["REDIS_URL"] = valkey.url
        os.environ.update(own)
        try:
            yield
        finally:
            for name in own:
                del os.environ[name]


@contextmanager
def environment(origin: str = "http://localhost", *, static: bool = False) -> Iterator[Environment]:
    """A migrated database, a mail server, and Django set up in this process; gone at the end.

    ``static``: styles and scripts are collected, hashed and compressed as the image has them.
    """
    with ExitStack() as stack:
        stack.enter_context(services())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="orikaeshi-bench-")))
        os.environ |= {
            "DATABASE_URL": stack.enter_context(_database(os.environ["DATABASE_URL"])),
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "BENCHMARK_STATIC": str(folder / "static"),
            "DATA_DIR": str(folder),
            "DEMO": "",
            "DEBUG": "",
            "ORIGIN": origin,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "SEALING_KEYS": "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=",
            # Visitors come from where X-Forwarded-For says, as behind production's proxy.
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "WARNING",
        }
        # No figure inherits the tries that another has spent.
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            client.flushdb()
        (folder / "static").mkdir()
        children = stack.enter_context(Children(folder / "logs"))
        _mail_catcher(children, folder / "mail")
        _manage("migrate")
        if static:
            _manage("collectstatic", "--noinput")
        _set_up_django()
        stack.callback(_close_connections)
        yield Environment(dict(os.environ), children, folder)


@contextmanager
def _database(server: str) -> Iterator[str]:
    """The URL of a database that is made now and dropped at the end."""
    name = f"orikaeshi_bench_{os.getpid()}"
    identifier = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        os.environ["DATABASE_URL"] = server
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))


def _mail_catcher(children: Children, folder: Path) -> None:
    with smtp.listen() as sock:
        os.environ |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(sock.getsockname()[1])}
        os.environ |= {"SMTP_USER": "", "SMTP_PASSWORD": ""}
        command = [sys.executable, "-m", "devtools.smtp", "--fd", str(sock.fileno()), str(folder)]
        children.start("smtp", command, cwd=ROOT, pass_fds=[sock.fileno()])


def _manage(*command: str) -> None:
    say(f"  {command[0]}")
    subprocess.run(
        [sys.executable, ROOT / "manage.py", *command, "--verbosity", "0"], check=True, stdout=sys.stderr
    )


def _set_up_django() -> None:
    import django

    django.setup()


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
