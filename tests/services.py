"""A pytest plugin: PostgreSQL and Valkey for the run, where DATABASE_URL and REDIS_URL name none.

Loaded by ``-p tests.services`` before Django reads its settings. Where pytest-xdist runs the tests in several
processes, each has services of its own, so that none empties the tables of another.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from devtools.embedded import Postgres, Valkey
from devtools.processes import Children, Failed, lock

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
DATA = Path(os.environ.get("DATA_DIR") or ".data").resolve() / "test" / WORKER

SITES = ("tests/journeys/", "tests/faults/")

# The run's own Valkey, or None where REDIS_URL was given: a test that stops it needs it to be ours.
valkey: Valkey | None = None
children: Children | None = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    if early_config.known_args_namespace.numprocesses and not WORKER:
        # This process only hands the tests out. What the settings make up where nothing runs is not for those
        # that it starts.
        unset = {"DATABASE_URL", "REDIS_URL"} - os.environ.keys()
        outcome = yield
        for name in unset:
            os.environ.pop(name, None)
        return outcome
    os.environ["DATA_DIR"] = str(DATA)
    DATA.mkdir(parents=True, exist_ok=True)
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        try:
            _start()
        except Failed as error:
            _stop()
            raise pytest.UsageError(str(error)) from None
    return (yield)


def pytest_unconfigure() -> None:
    _stop()


class OneForBrowsers(LoadScopeScheduling):
    """One process has all sites and browsers: two of each at once would keep both cores waiting.

    By names, as marks do not reach the process that hands the tests out: since pytest 9.2 the groups of
    pytest-xdist 3.8 are lost.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browsers" if "[chromium" in nodeid or nodeid.startswith(SITES) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneForBrowsers:
    return OneForBrowsers(config, log)


def _start() -> None:
    global children, valkey
    children = Children(DATA / "logs", lock(DATA / "lock"))
    if not os.environ.get("DATABASE_URL"):
        postgres = Postgres(DATA, children, durable=False)
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey(DATA, children, durable=False)
        valkey.start()
        os.environ["REDIS_URL"] = valkey.url


def _stop() -> None:
    if children:
        children.stop()
