"""What all tests share: browsers, an SMTP server, the tasks that are sent, the site as real processes."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import timezone, translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.configuration import set_hypothesis_home_dir

from common import jobs
from common.redis import client as redis_client
from devtools.browser import playwright_chromium, system_chromium
from devtools.mailbox import Letter, letters
from devtools.processes import Child, Children
from devtools.smtp import Catcher
from devtools.stack import Stack, listen
from portal.health import HEARTBEAT_KEY
from recovery.queue import wait

# Playwright's sync API keeps an event loop in the test's thread; Django would refuse the ORM there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Each of some thousand clients would read all static files anew; the processes of a site do so once.
django_settings.WHITENOISE_AUTOREFRESH = True

# The same examples in each run, none kept: a run tells about the code, not about the day.
set_hypothesis_home_dir(django_settings.BASE_DIR / ".data" / "hypothesis")
hypothesis_settings.register_profile(
    "suite",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("suite")

SITE = "orikaeshi-site"
"""What the processes of a site call themselves to PostgreSQL."""

QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, else Playwright's own; a run without any fails and says what to install."""
    arguments = {**browser_type_launch_args, "args": [*browser_type_launch_args.get("args", []), *QUIET]}
    path = system_chromium()
    if path:
        arguments["executable_path"] = path
    elif not playwright_chromium():
        pytest.fail("There is no Chromium: `make test` installs it or says how.")
    return arguments


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Asia/Tokyo"}


@pytest.fixture(autouse=True)
def _as_at_first() -> None:
    """No test inherits the tries that another has spent, nor the messages that nobody fetched, nor what the
    desk was like lately, nor the language and the zone of whoever was answered last."""
    redis_client().flushdb()
    wait.forget()
    translation.deactivate()
    timezone.deactivate()


FORGET_THE_TRAIL = """
DO $$
DECLARE
    part regclass;
BEGIN
    IF to_regclass('audit_event') IS NULL OR NOT EXISTS (SELECT FROM audit_event) THEN
        RETURN;
    END IF;
    FOR part IN SELECT relid FROM pg_partition_tree('audit_event') LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER audit_event_no_truncate', part);
    END LOOP;
    TRUNCATE audit_event;
    FOR part IN SELECT relid FROM pg_partition_tree('audit_event') LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_event_no_truncate', part);
    END LOOP;
END
$$
"""


def _forget_the_trail(**_flushed: Any) -> None:
    """Where a test commits, Django empties its tables afterwards; the trail's it cannot. What the desk was
    like lately is counted in the trail, so the offers missed in one test would lengthen the waits of others.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET_THE_TRAIL)


post_migrate.connect(_forget_the_trail)


@dataclass
class PostOffice:
    """The mails that arrived by SMTP, and what the server shall refuse."""

    folder: Path
    refuse: dict[str, str]
    port: int

    def letters(self, to: str = "") -> list[Letter]:
        """What arrived, the newest first; only mails to ``to`` when given."""
        return [letter for letter in letters(self.folder) if not to or to in letter.to]

    def wait_for(self, to: str, subject: str = "", *, count: int = 1, limit: float = 20) -> Letter:
        """The newest mail to ``to`` whose subject contains ``subject``, once ``count`` such have arrived."""
        end = time.monotonic() + limit
        while True:
            found = [letter for letter in self.letters(to) if subject in letter.subject]
            if len(found) >= count:
                return found[0]
            if time.monotonic() > end:
                arrived = [(letter.to, letter.subject) for letter in self.letters()]
                pytest.fail(f"No mail {subject!r} to {to} in {limit} s. Arrived: {arrived}")
            time.sleep(0.1)


@pytest.fixture(scope="session")
def _catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catcher]:
    catcher = Catcher(tmp_path_factory.mktemp("mail"))
    catcher.start()
    yield catcher
    catcher.stop()


@pytest.fixture
def post_office(_catcher: Catcher, settings: Any) -> PostOffice:
    """A real SMTP server that keeps what it gets. Mail sent in this process goes there too.

    ``post_office.refuse["hanako@example.jp"] = "550 No such person"`` refuses one address, ``"*"`` all.
    """
    for letter in _catcher.keeper.folder.glob("*.eml"):
        letter.unlink()
    _catcher.keeper.refuse.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", _catcher.port
    return PostOffice(_catcher.keeper.folder, _catcher.keeper.refuse, _catcher.port)


@dataclass
class SentTasks:
    """The tasks that were sent after commit, waiting to be run."""

    waiting: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def send(self, task: str, kwargs: dict[str, object]) -> None:
        self.waiting.append((task, kwargs))

    def run(self) -> list[str]:
        """Run what was sent, and what that sends, in this process; returns the tasks' names."""
        done = []
        while self.waiting:
            name, kwargs = self.waiting.pop(0)
            current_app.tasks[name](**kwargs)
            done.append(name)
        return done


@pytest.fixture
def sent_tasks(monkeypatch: pytest.MonkeyPatch) -> SentTasks:
    """Catches ``enqueue_on_commit``. In a test inside a transaction, commit with
    ``django_capture_on_commit_callbacks(execute=True)`` first.
    """
    current_app.loader.import_default_modules()
    tasks = SentTasks()
    monkeypatch.setattr(jobs, "_send", tasks.send)
    return tasks


@dataclass
class Site:
    """The portal as real processes on the test database."""

    url: str
    mail: PostOffice
    _stack: Stack
    _children: Children
    _starters: dict[str, Callable[[], Child]]

    def stop(self, name: str) -> None:
        """End ``web``, ``worker`` or ``beat`` in good order."""
        self._children.named(name).stop()
        self._forget_heartbeat()

    def kill(self, name: str) -> None:
        """End it by SIGKILL, in the middle of whatever it does."""
        self._children.named(name).kill()
        self._forget_heartbeat()

    def _forget_heartbeat(self) -> None:
        # Or the next start would be taken for ready by the word of the worker that is gone.
        redis_client().delete(HEARTBEAT_KEY)

    def start(self, name: str) -> None:
        self._starters[name]()
        self._stack.wait_until_ready(self.url)

    def wait_until_ready(self) -> None:
        self._stack.wait_until_ready(self.url)

    def rest(self) -> None:
        """Nothing runs any more and nothing begins to, until :meth:`go_on`: the tables may be emptied."""
        os.killpg(self._children.named("beat").process.pid, signal.SIGSTOP)
        end = time.monotonic() + 20
        quiet = 0
        while quiet < 3:
            redis_client().flushdb()
            quiet = 0 if _others_at_work() else quiet + 1
            if time.monotonic() > end:
                pytest.fail("The site does not come to rest.")
            time.sleep(0.02)

    def go_on(self) -> None:
        os.killpg(self._children.named("beat").process.pid, signal.SIGCONT)

    def log(self, name: str) -> str:
        return self._children.named(name).log.read_text(errors="replace")


@pytest.fixture
def site(transactional_db: None, post_office: PostOffice, settings: Any, tmp_path: Path) -> Iterator[Site]:
    """Web server, worker and beat as in the demo; what a test commits, they see.

    They are new for each test and are killed at its end, so that nothing of one test runs on in the next.
    """
    with running_site(post_office, tmp_path) as running:
        settings.ORIGIN = running.url
        yield running


@contextmanager
def running_site(mail: PostOffice, folder: Path, redis_url: str = "") -> Iterator[Site]:
    """The processes of a site; their logs and beat's schedule lie in ``folder``."""
    sock = listen(0)
    url = f"http://localhost:{sock.getsockname()[1]}"
    environment = {
        "DATABASE_URL": url_of_test_database(),
        "REDIS_URL": redis_url or django_settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ORIGIN": url,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.port),
        "DATA_DIR": str(folder),
        "PGAPPNAME": SITE,
    }
    children = Children(folder / "logs")
    stack = Stack(children, environment, folder)
    starters: dict[str, Callable[[], Child]] = {
        "web": lambda: stack.start_web(sock),
        "worker": stack.start_worker,
        "beat": stack.start_beat,
    }
    try:
        for start in starters.values():
            start()
        stack.wait_until_ready(url)
        yield Site(url, mail, stack, children, starters)
    finally:
        children.kill()
        sock.close()
        _wait_until_none_is_connected()


def _wait_until_none_is_connected() -> None:
    """PostgreSQL sees a little later that a process was killed; until then its database cannot be dropped."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(url_of_test_database(), autocommit=True) as server:
        end = time.monotonic() + 10
        while server.execute(asked, [SITE]).fetchone() != (0,) and time.monotonic() < end:
            time.sleep(0.02)


def _others_at_work() -> bool:
    """Does anybody but this process do something in the test database?"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return bool(cursor.fetchone()[0])


def url_of_test_database() -> str:
    database = connection.settings_dict
    user = quote(str(database["USER"]), safe="")
    if database["PASSWORD"]:
        user += ":" + quote(str(database["PASSWORD"]), safe="")
    host, name = str(database["HOST"]), database["NAME"]
    if host.startswith("/"):
        return f"postgres://{user}@/{name}?host={quote(host)}"
    return f"postgres://{user}@{host}:{database['PORT'] or 5432}/{name}"
