import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from tests.support import desk_scenario
from tests.support.desk_scenario import Desk


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    """Hanako's account was taken over; everything is committed, so that other connections see it."""
    return desk_scenario.build()


def at_once(*calls: Callable[[], Any]) -> Sequence[Any]:
    """Run each call in its own thread, on its own connection, all at the same moment.

    Returns for each what it returned, or the exception that it raised.
    """
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 - handed to the test, which says which it expects
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=entry, daemon=True) for entry in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return results
