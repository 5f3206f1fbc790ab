"""Where the journeys take place: the people with their pasts, and what each carries in a pocket."""

import re
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from celery import current_app

from accounts.authenticators.totp.services import STEP
from accounts.retention import services as retention
from common import clock, jobs
from tests.conftest import Site
from tests.support import desk_scenario, people
from tests.support.desk_scenario import Desk
from tests.support.people import Actor


class CodeApp:
    """An authenticator app. It shows a code no second time, as the portal takes each once."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._last = 0

    def code(self) -> str:
        """The next code that the portal takes: of this half minute or one of its neighbours."""
        now = time.time()
        # Towards its end the present step would be over when the code arrives, and the last one refused.
        earliest = now // STEP - (1 if now % STEP < STEP / 2 else 0)
        step = max(int(earliest), self._last + 1)
        while step > time.time() // STEP + 1:
            time.sleep(0.5)
        self._last = step
        return people.code_of(self._key, datetime.fromtimestamp(step * STEP, UTC))


def move_in(site: Site, *, taken_over: bool = True, language: str = "en") -> Desk:
    """Their lives so far, lived while the portal rests; the mails of then are owed and go out now."""
    site.rest()
    with patch.object(jobs, "_send", lambda _task, _kwargs: None):
        desk = desk_scenario.build(taken_over=taken_over, language=language)
        # Else the sweep would end them at any moment of a test, and with her last session an agent's duty.
        retention.expire_sessions()
    site.go_on()
    current_app.send_task("notifications.tasks.sweep")
    return desk


def hire(site: Site, name: str, role: str, *, language: str = "en") -> Actor:
    """One more member of staff, long ago."""
    site.rest()
    with patch.object(jobs, "_send", lambda _task, _kwargs: None):
        actor = people.join(
            email=f"{name.lower()}@orikaeshi.example",
            name=name,
            place=people.DESK,
            at=clock.now() - timedelta(weeks=9),
            role=role,
            language=language,
            languages=("ja", "en"),
        )
        retention.expire_sessions()
    site.go_on()
    return actor


def link_in(text: str, part: str) -> str:
    """The link in a mail whose address contains ``part``."""
    found = [link for link in re.findall(r"https?://\S+", text) if part in link]
    assert found, text
    return found[0]
