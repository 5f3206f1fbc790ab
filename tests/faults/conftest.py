"""A site of its own for each fault: what is broken here is used by no other test."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools import embedded
from devtools.embedded import Valkey
from devtools.processes import Child, Children
from tests.conftest import Site
from tests.journeys.conftest import language, someone
from tests.support.desk_scenario import Desk
from tests.support.site import move_in

__all__ = ["language", "someone"]


class Broker:
    """A Valkey that can be taken away. It keeps nothing on disk: what was in it is lost each time."""

    def __init__(self, folder: Path, children: Children) -> None:
        self._valkey = Valkey(folder, children, durable=False)
        self._running: Child = self._valkey.start()

    @property
    def url(self) -> str:
        return self._valkey.url

    def goes_away(self) -> None:
        self._running.kill()

    def comes_back(self) -> None:
        self._running = self._valkey.start()


def until(it_is_so: Callable[[], bool], limit: float = 30) -> None:
    end = time.monotonic() + limit
    while not it_is_so():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with Children(folder / "logs") as children:
        yield Broker(folder, children)
    embedded.remove(folder)


@pytest.fixture
def desk(site: Site) -> Desk:
    """Hanako's account was taken over a quarter of an hour ago; nobody is on duty."""
    return move_in(site)
