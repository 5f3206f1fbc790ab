"""The people and the steps of the desk's tests: Hanako asks, Sato and Alice work, Tanaka decides."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from common import clock
from common.errors import Stale
from recovery.calls import services as calls
from recovery.cases import intake
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Case, Duty
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, presence, shifts
from recovery.queue import selectors as queue_selectors
from recovery.states import DutyState
from recovery.takeover import protect
from tests.support import people
from tests.support.people import Actor

NUMBER = "+819012345678"


@dataclass
class Desk:
    """Everybody, fourteen minutes after Hanako's account was taken over."""

    hanako: Actor
    thief_key: str
    sato: Actor
    alice: Actor
    tanaka: Actor

    def asks(self, email: str = "hanako@example.jp", number: str = NUMBER, **more: Any) -> tuple[Case, str]:
        """Hanako asks for a call from her browser at home; her account is protected at once."""
        case, capability = intake.open_case(
            **{
                "email": email,
                "number": number,
                "category": "taken_over",
                "language": "ja",
                "zone": "Asia/Tokyo",
                **more,
            }
        )
        protect.protect(case_id=case.pk)
        case.refresh_from_db()
        return case, capability

    def on_duty(self, *agents: Actor) -> None:
        for agent in agents:
            shifts.go_on_duty(agent_id=agent.user.pk)

    def here(self, *agents: Actor) -> None:
        """Their pages are still open."""
        for agent in agents:
            presence.here(agent_id=agent.user.pk)

    def stays(self, *agents: Actor) -> None:
        """Their pages stay open, however long a browser takes."""
        for agent in agents:
            Duty.objects.filter(agent=agent.user.pk).update(seen_at=clock.now() + timedelta(minutes=15))

    def accepted(self, agent: Actor | None = None) -> Case:
        """The agent is offered what is due, and takes it."""
        agent = agent or self.sato
        for _try in range(100):
            dispatch.dispatch()
            if offer := queue_selectors.offer_to(agent.user.pk):
                with suppress(Stale):
                    return offers.accept(agent_id=agent.user.pk, callback_id=offer.pk)
            # Where a site runs, its worker has the rows in hand at this moment; or the agent, who has no page
            # open in a test, has missed an offer, just now or before, or is taken to be gone.
            self._is_back(agent)
            time.sleep(0.05)
        raise AssertionError("Nothing was offered.")

    def _is_back(self, agent: Actor) -> None:
        duty = queue_selectors.duty_of(agent.user.pk)
        if duty is not None and duty.state == DutyState.OFF:
            shifts.go_on_duty(agent_id=agent.user.pk)
        else:
            self.here(agent)

    def talking(self, agent: Actor | None = None) -> Case:
        """The claimant picked up and read out the code."""
        agent = agent or self.sato
        case = self.accepted(agent)
        attempt = self.calls(case, agent)
        calls.answered(attempt=attempt, agent_id=agent.user.pk)
        assert calls.confirm_read_out(attempt=attempt, agent_id=agent.user.pk, typed=attempt.read_out)
        return case

    def calls(self, case: Case, agent: Actor | None = None) -> CallAttempt:
        attempt = calls.place(case=case, agent_id=(agent or self.sato).user.pk)
        attempt.refresh_from_db()
        return attempt

    def shows(self, case: Case, method: Method, typed: str, agent: Actor | None = None) -> bool:
        """The agent asks for one method, the claimant types an answer."""
        agent_id = (agent or self.sato).user.pk
        asked = evidence.ask(case=case, agent_id=agent_id, method=method)
        return evidence.answer(case=case, evidence_id=asked.pk, typed=typed)

    def shows_app(self, case: Case, agent: Actor | None = None) -> bool:
        return self.shows(case, Method.TOTP, self.hanako.code(), agent)

    def shows_recovery_code(self, case: Case, agent: Actor | None = None) -> bool:
        return self.shows(case, Method.RECOVERY_CODE, self.hanako.recovery_codes.pop(), agent)


def build(*, taken_over: bool = True, language: str = "ja") -> Desk:
    """Everybody, with a past. ``language`` is that of their pages and mails."""
    now = clock.now()
    long_ago = now - timedelta(weeks=9)
    hanako = people.join(
        email="hanako@example.jp",
        name="森 花子",
        name_latin="Hanako Mori",
        place=people.HOME,
        at=long_ago,
        language=language,
    )
    people.come_in(hanako.user, people.ON_THE_WAY, now - timedelta(weeks=3))
    people.come_in(hanako.user, people.HOME, now - timedelta(days=1))
    staff = {
        name: people.join(
            email=f"{name}@orikaeshi.example",
            name=written,
            name_latin=name.capitalize(),
            place=people.DESK,
            at=long_ago,
            role=role,
            language=language,
            languages=languages,
        )
        for name, written, role, languages in (
            ("sato", "佐藤", "agent", ("ja", "en")),
            ("alice", "Alice", "agent", ("en",)),
            ("tanaka", "田中", "supervisor", ("ja", "en")),
        )
    }
    thief_key = people.take_over(hanako.user, now - people.TAKEOVER_AGO) if taken_over else ""
    hanako.user.refresh_from_db()
    return Desk(hanako=hanako, thief_key=thief_key, **staff)
