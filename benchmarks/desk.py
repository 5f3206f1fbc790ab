"""The story's case, moved on step by step through the desk's services: Hanako asks, Sato works."""

import json
from typing import TYPE_CHECKING

from devtools.personas import HANAKO, SATO
from recovery import current_work
from recovery.cases import changes, intake
from recovery.queue import offers, shifts
from recovery.queue import selectors as queue_selectors
from recovery.takeover import protect
from recovery.takeover import selectors as takeover_selectors

if TYPE_CHECKING:
    from recovery.models import CallAttempt, Case
    from recovery.models.evidence import Method

NUMBER = "+819012345678"


class Desk:
    case: "Case"
    attempt: "CallAttempt"

    def __init__(self) -> None:
        from devtools.story import user_of

        self.agent = user_of(SATO).pk

    def opened(self) -> "tuple[Case, str]":
        """She asks for a call; returns the case and the capability to follow it."""

        self.case, capability = intake.open_case(
            email=HANAKO.email, number=NUMBER, category="taken_over", language="ja", zone="Asia/Tokyo"
        )
        protect.protect(case_id=self.case.pk)
        return self.case, capability

    def in_line(self, count: int) -> None:
        """Further people ask."""

        for number in range(count):
            case, _ = intake.open_case(
                email=f"person{number}@example.com",
                number=f"+8190111100{number:02}",
                category="cannot_sign_in" if number % 2 else "taken_over",
                language="en" if number % 3 == 0 else "ja",
                zone="Asia/Tokyo",
            )
            protect.protect(case_id=case.pk)

    def accepted(self) -> None:
        from recovery.queue import dispatch

        shifts.go_on_duty(agent_id=self.agent)
        dispatch.dispatch()
        offer = queue_selectors.offer_to(self.agent)
        assert offer is not None
        self.case = offers.accept(agent_id=self.agent, callback_id=offer.pk)

    def called(self) -> None:
        from recovery.calls import services as calls

        self.attempt = calls.place(case=self.case, agent_id=self.agent)
        self.attempt.refresh_from_db()

    def talking(self) -> None:
        from recovery.calls import services as calls

        calls.answered(attempt=self.attempt, agent_id=self.agent)
        assert calls.confirm_read_out(attempt=self.attempt, agent_id=self.agent, typed=self.attempt.read_out)

    def asked(self) -> None:
        """She is asked for everything that there is."""
        from recovery.models.evidence import Method

        self.case.refresh_from_db()
        target = takeover_selectors.offerable(self.case).addresses[0].id
        self.questions = {
            method: self._ask(method, target if method == Method.EMAIL_CODE else None) for method in Method
        }

    def _ask(self, method: "Method", target: int | None) -> int:
        from recovery.evidence import services as evidence

        return evidence.ask(case=self.case, agent_id=self.agent, method=method, target=target).pk

    def answered(self) -> None:
        """Two answers come that may both lie in a stolen mailbox; the agent notes it and asks for Tanaka."""
        from common.encryption import unseal
        from devtools.mailbox import data_folder
        from notifications.models import Delivery
        from recovery.approvals import services as approvals
        from recovery.evidence import services as evidence
        from recovery.models.evidence import Method

        mail = Delivery.objects.filter(message="evidence_code").latest("pk")
        saved = json.loads((data_folder() / "story.json").read_text())["recovery_codes"][HANAKO.email]
        typed = {
            Method.EMAIL_CODE: str(unseal(mail.params or b"")["code"]),
            Method.RECOVERY_CODE: saved[0],
        }
        for method, code in typed.items():
            assert evidence.answer(case=self.case, evidence_id=self.questions[method], typed=code)
        note = "She named the book that did not arrive and the day on which she ordered it."
        changes.add_note(case=self.case, by=self.agent, text=note)
        self.approval = approvals.request(case=self.case, agent_id=self.agent, reason=note)

    def refused(self) -> None:
        """The agent ends the case and the call, and is free for the next."""
        from recovery.calls import services as calls
        from recovery.models.case import RefusalReason

        self.case.refresh_from_db()
        if attempt := current_work.call_on_the_line(self.agent):
            calls.hang_up(attempt=attempt, agent_id=self.agent)
        changes.refuse(case=self.case, by=self.agent, reason=RefusalReason.values[0])
        shifts.end_wrap_up(agent_id=self.agent)
