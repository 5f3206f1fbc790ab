"""Members of staff in front of the console: signed in, with a browser that clicks."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from common import clock
from tests.support.http_client import Visitor
from tests.support.people import DESK, Actor


class Agent(Visitor):
    """Lives in the present: offers, calls and codes run by the clock of now."""

    def __init__(self, actor: Actor) -> None:
        super().__init__(DESK)
        self.actor = actor
        self.signs_in(actor)

    @property
    def at(self) -> datetime:
        return clock.now()

    @at.setter
    def at(self, moment: datetime) -> None:
        """Waiting is nothing that these tests do."""

    def shows_factor(self) -> "Agent":
        """They have just completed the step-up: one code pays for one act."""
        session = self.client.session
        session["factor_at"] = int(clock.now().timestamp())
        session.save()
        return self

    def sees(self, page: str, /, *args: Any, **data: Any) -> str:
        answer = self.get(page, *args, **data)
        assert answer.status_code == 200, (page, answer.status_code)
        return str(answer.content.decode())

    def clicks(self, page: str, /, *args: Any, **data: Any) -> Any:
        return self.post(page, *args, **data)

    def clicks_live(self, page: str, /, *args: Any, **data: Any) -> Any:
        """As the page does with scripts: by htmx."""
        return self.client.post(reverse(page, args=args), data, HTTP_HX_REQUEST="true", **self.meta)
