"""A former partner with Hanako's old mailbox and a copy of her recovery codes, and the Hanako of today.

Ten days ago she replaced the shared address, from her own browser at home. He uses nothing but what he has.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.credentials import services as credentials
from common import clock
from notifications.models import Delivery
from recovery.approvals import services as approvals
from recovery.cases import selectors as case_selectors
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.disputes import services as disputes
from recovery.evidence import services as evidence
from recovery.models import Callback, Case, Dispute
from recovery.models.dispute import WAIT
from recovery.models.evidence import Method
from recovery.states import CallbackState, CaseState
from recovery.takeover import findings, protect
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.support import desk_scenario, people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor

OLD, NEW = "hanako@example.jp", "hanako.mori@example.net"
NUMBER = "+818055550123"


def build(*, language: str = "en") -> Desk:
    """The desk, and Hanako who has changed her address as owners do."""
    desk = desk_scenario.build(taken_over=False, language=language)
    at = clock.now() - timedelta(days=10)
    session = people.come_in(desk.hanako.user, people.HOME, at)
    pk = desk.hanako.user.pk
    with (
        people.visiting(people.HOME, at + timedelta(minutes=40), actor=pk, session=session),
        transaction.atomic(),
    ):
        credentials.request_email_change(user=desk.hanako.user, address=NEW, session=session)
        token = people.token_mailed_to(NEW)
    with people.visiting(people.HOME, at + timedelta(minutes=42), actor=pk, session=session):
        credentials.confirm_email_change(token=token)
    desk.hanako.user.refresh_from_db()
    desk.hanako.email = NEW
    return desk


def colleague(name: str, role: str = "supervisor") -> people.Actor:
    long_ago = clock.now() - timedelta(weeks=9)
    return people.join(
        email=f"{name}@orikaeshi.example",
        name=name.capitalize(),
        place=people.DESK,
        at=long_ago,
        role=role,
        language="en",
        languages=("ja", "en"),
    )


class Partner(Visitor):
    """In his own browser, elsewhere: he asks, reads the old mailbox, types copied codes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(people.OSAKA)
        self.desk = desk
        self.codes = desk.hanako.recovery_codes[::-1]

    def asks(self, email: str = OLD, number: str = NUMBER) -> Case:
        form = {"when": "now", "email": email, "number": number, "language": "en"}
        answer = self.post("help_check", "taken-over", **form)
        assert answer.status_code == 302, answer.content.decode()
        case = case_selectors.case_by_capability(self.client.cookies[CAPABILITY_COOKIE].value)
        assert case is not None
        protect.protect(case_id=case.pk)
        case.refresh_from_db()
        return case

    def is_called(self) -> Case:
        """The agent's side is played by the agent, his by him: what is asked for he types on his page."""
        self.desk.on_duty(self.desk.sato)
        return self.desk.talking()

    def shows_all_he_has(self, case: Case) -> None:
        agent = self.desk.sato.user.pk
        (address,) = [one for one in takeover_selectors.offerable(case).addresses if one.value == OLD]
        asked = evidence.ask(case=case, agent_id=agent, method=Method.EMAIL_CODE, target=address.id)
        self.types(asked.pk, mailed_code(OLD))
        asked = evidence.ask(case=case, agent_id=agent, method=Method.RECOVERY_CODE)
        self.types(asked.pk, self.codes.pop())

    def types(self, evidence_id: int, code: str) -> None:
        answer = self.post("status_answer", evidence_id, answer=code)
        assert answer.status_code == 302, answer.content.decode()

    def page(self) -> str:
        return str(self.get("status").content.decode())


def approved(desk: Desk, case: Case) -> Case:
    """Sato asks, Tanaka approves: both believe the caller."""
    asked = approvals.request(case=case, agent_id=desk.sato.user.pk, reason="He showed two proofs.")
    approvals.decide(approval=asked, by=desk.tanaka.user.pk, approve=True)
    return case


def proved(partner: Partner) -> Case:
    partner.asks()
    case = partner.is_called()
    partner.shows_all_he_has(case)
    return approved(partner.desk, case)


def announced(partner: Partner) -> Dispute:
    """The agent does the most that the console lets them do for him."""
    return announced_by(Agent(partner.desk.sato), proved(partner))


def announced_by(sato: Agent, case: Case) -> Dispute:
    sato.clicks("console:announce", case.pk)
    sato.clicks("console:hang_up", case.pk)
    return Dispute.objects.get(case=case)


def announced_by_hand(case: Case, *, agent: people.Actor, second: people.Actor) -> Dispute:
    """A dispute about the account of a case that nobody has taken, without all that leads to one."""
    now = clock.now()
    Callback.objects.filter(case=case).update(state=CallbackState.DONE)
    Case.objects.filter(pk=case.pk).update(
        state=CaseState.DISPUTED, agent=agent.user, worked_by=[agent.user.pk]
    )
    return Dispute.objects.create(
        case=case,
        account=case.account,
        changes=[],
        undoes=[],
        evidence=[],
        findings=findings.to_json(findings.Findings()),
        announced_by=agent.user,
        approved_by=second.user,
        announced_at=now,
        due_at=now + WAIT,
    )


def link_mailed_to(address: str) -> str:
    """The token by which whoever reads this mailbox opens the page of the dispute."""
    mail = Delivery.objects.filter(message="dispute_announced", address=address).latest("pk")
    assert mail.params is not None
    return people.token_in(mail)


def sweep_at(moment: Any) -> int:
    with clock.pretend(moment):
        return disputes.give_due()


def path(name: str, *args: object) -> str:
    return reverse(name, args=args)
