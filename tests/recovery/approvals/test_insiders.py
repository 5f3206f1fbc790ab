"""An agent who asks for a call about somebody's account does not get to take it, read it or approve it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.sessions import services as sessions
from audit.models import Event
from common import clock
from common.errors import Denied
from devtools.personas import WINDOWS, Browser
from recovery.approvals import services as approvals
from recovery.calls import services as calls
from recovery.cases import changes, intake
from recovery.cases.admission import CALM
from recovery.evidence import services as evidence
from recovery.models import Approval, Callback, Case, Evidence
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, shifts
from recovery.queue import selectors as queue_selectors
from recovery.states import ApprovalState, CallbackState, CaseState, DutyState
from recovery.takeover import protect
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.console.test_console import mailed_code
from tests.support import people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import NUMBER, Desk
from tests.support.http_client import Visitor
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

ELSEWHERE = Browser(WINDOWS, "202.32.10.5")
ANOTHER_OFFICE = Browser(WINDOWS, "202.224.1.9")
ASKED = {
    "email": "hanako@example.jp",
    "number": "090-1234-5678",
    "language": "ja",
    "zone": "Asia/Tokyo",
    "when": "now",
}


def asks(visitor: Visitor, **more: str) -> Case:
    """Somebody asks for a call about Hanako's account on the help page; a worker protects it."""
    answer = visitor.post("help_check", "taken_over", **{**ASKED, **more})
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.latest("pk")
    protect.protect_waiting()
    case.refresh_from_db()
    return case


def signed_in_at(actor: Actor, place: Browser) -> Agent:
    """A member of staff who works from another place than the office."""
    agent = Agent.__new__(Agent)
    Visitor.__init__(agent, place)
    agent.actor = actor
    agent.signs_in(actor)
    return agent


@pytest.fixture
def tanaka_elsewhere(desk: Desk) -> Agent:
    """Tanaka has left the office and works from another one."""
    sessions.end_others(user_id=desk.tanaka.user.pk, keep=None)
    User.objects.filter(pk=desk.tanaka.user.pk).update(language="en")
    return signed_in_at(desk.tanaka, ANOTHER_OFFICE)


def test_what_an_agent_asks_for_at_the_office_goes_to_somebody_elsewhere(
    desk: Desk, tanaka_elsewhere: Agent
) -> None:
    """Sato opens a private window beside the console; the whole office shares his address."""
    case = asks(Visitor(people.DESK))
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 0
    sato = Agent(desk.sato)
    answer = sato.clicks("console:take", case.callback.pk)
    assert answer.url == "/desk/"
    assert "サインインしているブラウザー" in sato.sees("console:desk")
    case.refresh_from_db()
    assert case.state == CaseState.WAITING
    desk.on_duty(tanaka_elsewhere.actor)
    assert dispatch.dispatch() == 1
    offer = queue_selectors.offer_to(desk.tanaka.user.pk)
    assert offer is not None
    assert offer.case_id == case.pk


def test_another_address_does_not_help_in_a_browser_that_staff_use(desk: Desk) -> None:
    sato = Agent(desk.sato)
    sato.post("accounts:sign_out")
    sato.meta = dict(ELSEWHERE.meta)
    case = asks(sato)
    callback = Callback.objects.get(case=case)
    assert callback.from_staff == [desk.sato.user.pk]
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 0
    desk.on_duty(desk.tanaka)
    assert dispatch.dispatch() == 1


def test_nor_does_it_help_to_ask_first_and_sign_in_later(desk: Desk) -> None:
    case = asks(Visitor(ELSEWHERE))
    assert Callback.objects.get(case=case).from_staff == []
    signed_in_at(desk.sato, ELSEWHERE)
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 0
    with pytest.raises(Denied):
        offers.claim(agent_id=desk.sato.user.pk, callback_id=case.callback.pk)
    assert Callback.objects.get(case=case).from_staff == [desk.sato.user.pk]


def test_nor_to_ask_first_and_sign_in_to_the_same_browser_from_the_office(desk: Desk) -> None:
    """The browser has a cookie of ours from another account of his."""
    private = people.join(
        email="s@example.jp", name="Sato", place=ELSEWHERE, at=clock.now() - timedelta(days=2)
    )
    laptop = Visitor(ELSEWHERE, clock.now() - timedelta(minutes=5)).signs_in(private)
    laptop.post("accounts:sign_out")
    case = asks(laptop)
    laptop.meta = dict(people.DESK.meta)
    laptop.signs_in(desk.sato)
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 0
    assert Callback.objects.get(case=case).from_staff == [desk.sato.user.pk]


def test_an_offer_that_stands_is_not_accepted_after_signing_in_beside_the_claimant(desk: Desk) -> None:
    case = asks(Visitor(ELSEWHERE))
    desk.on_duty(desk.sato)
    assert dispatch.dispatch() == 1
    signed_in_at(desk.sato, ELSEWHERE)
    with pytest.raises(Denied):
        offers.accept(agent_id=desk.sato.user.pk, callback_id=case.callback.pk)
    callback = Callback.objects.get(case=case)
    assert (callback.state, callback.from_staff) == (CallbackState.WAITING, [desk.sato.user.pk])
    duty = queue_selectors.duty_of(desk.sato.user.pk)
    assert duty is not None
    assert duty.state == DutyState.FREE, "he is offered the next"


def test_a_code_read_from_a_page_beside_the_agent_is_not_confirmed(desk: Desk) -> None:
    """He took the case first and only then opened the page's place."""
    case = asks(Visitor(ELSEWHERE))
    desk.on_duty(desk.sato)
    case = desk.accepted()
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    signed_in_at(desk.sato, ELSEWHERE)
    with pytest.raises(Denied):
        calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)
    assert Event.objects.filter(action="case.from_staff", case=case.pk).exists()


def test_a_call_that_is_under_way_does_not_go_on_for_the_agents_own_request(desk: Desk) -> None:
    """By the code of his own page, or when the other claimant cancels."""
    own = asks(Visitor(people.DESK))
    hers, _ = desk.asks(email="other@example.jp")
    desk.on_duty(desk.sato)
    case = desk.accepted()
    assert case.pk == hers.pk
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    code = Callback.objects.get(case=own).read_out
    assert not calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code)
    changes.withdraw(case=Case.objects.get(pk=hers.pk))
    own.refresh_from_db()
    assert (own.state, own.agent_id) == (CaseState.WAITING, None)


def test_correcting_the_request_from_elsewhere_does_not_clean_it(desk: Desk) -> None:
    first = asks(Visitor(people.DESK))
    marked = Callback.objects.get(case=first).from_staff
    assert desk.sato.user.pk in marked
    second, _ = intake.open_case(
        email="hanako@example.jp",
        number=NUMBER,
        category="taken_over",
        language="ja",
        zone="Asia/Tokyo",
        instead_of=first,
        place=CALM,
    )
    assert Callback.objects.get(case=second).from_staff == marked
    desk.on_duty(desk.sato)
    dispatch.take_in()
    assert queue_selectors.offer_to(desk.sato.user.pk) is None


def test_the_database_keeps_the_two_apart(desk: Desk) -> None:
    case = asks(Visitor(people.DESK))
    for column in ("agent", "offered_to"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Callback.objects.filter(case=case).update(**{column: desk.sato.user})


def test_a_customer_is_not_marked_for_asking_at_home(desk: Desk) -> None:
    case = asks(Visitor(people.HOME))
    assert Callback.objects.get(case=case).from_staff == []
    assert not Event.objects.filter(action="case.from_staff", case=case.pk).exists()


def test_those_who_lead_are_told_and_the_trail_says_so(desk: Desk, tanaka_elsewhere: Agent) -> None:
    case = asks(Visitor(people.DESK))
    desk.on_duty(desk.sato)
    told = Event.objects.get(action="case.from_staff", case=case.pk)
    assert desk.sato.user.pk in told.details["people"]
    tanaka = tanaka_elsewhere
    board = tanaka.sees("board:overview")
    assert "Nobody on duty can call these people." in board
    assert case.reference in board
    assert "can’t take it" in board
    desk.on_duty(desk.tanaka)
    assert "Nobody on duty can call these people." not in tanaka.sees("board:overview")


def test_who_asked_for_the_call_neither_reads_along_nor_approves(desk: Desk) -> None:
    """The supervisor asks from his own browser and lets an agent elsewhere do the work."""
    User.objects.filter(pk=desk.tanaka.user.pk).update(language="en")
    tanaka = signed_in_at(desk.tanaka, ELSEWHERE)
    asks(Visitor(ELSEWHERE))
    desk.on_duty(desk.sato)
    case = desk.talking()
    wanted = approval_wanted(desk, case)
    for part in ("", "side", "story"):
        page = tanaka.sees("console:case", case.pk, part=part)
        assert "Hanako" not in page
        assert "h••••8@mail.example" not in page
    over = tanaka.sees("board:approval", wanted.pk)
    assert "Hanako" not in over
    tanaka.clicks("board:approval", wanted.pk, decision="approve")
    wanted.refresh_from_db()
    assert wanted.state == ApprovalState.REQUESTED


def approval_wanted(desk: Desk, case: Case) -> Approval:
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(
        case=case,
        agent_id=desk.sato.user.pk,
        method=Method.EMAIL_CODE,
        target=address.id,
    )
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code())
    assert desk.shows_recovery_code(case)
    return approvals.request(case=case, agent_id=desk.sato.user.pk, reason="She lost her phone.")


# Before the caller's code is confirmed

SECRETS = ("Hanako", "h••••8@mail.example", "Code to", "Phone 2", "changed the", "Firefox", "Netherlands")


def see_nothing_of_the_account(who: Agent, case: Case) -> None:
    for part in ("", "story", "side", "call", "notes"):
        page = who.sees("console:case", case.pk, part=part)
        assert not [secret for secret in SECRETS if secret in page], part


@pytest.fixture
def english(desk: Desk) -> Desk:
    User.objects.filter(email__endswith="orikaeshi.example").update(language="en")
    return desk


def test_before_the_code_is_confirmed_the_agent_sees_that_and_when_and_nothing_else(english: Desk) -> None:
    """Anybody can ask for a call about anybody, an agent's accomplice too."""
    desk = english
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    sato, tanaka = Agent(desk.sato), Agent(desk.tanaka)
    page = sato.sees("console:case", case.pk)
    assert "sign-in details changed 3 times" in page
    assert "Suspected takeover" in page
    see_nothing_of_the_account(sato, case)
    see_nothing_of_the_account(tanaka, case)
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    see_nothing_of_the_account(sato, case)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=attempt.read_out)
    for who in (sato, tanaka):
        assert "Hanako Mori" in who.sees("console:case", case.pk, part="story")
        assert "Code to h••••o@example.jp" in who.sees("console:case", case.pk, part="side")


def test_what_one_agent_confirmed_opens_the_account_to_no_other(english: Desk) -> None:
    desk = english
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    changes.hand_back(case=case, by=desk.sato.user.pk, reason="I know her")
    desk.on_duty(desk.tanaka)
    case = desk.accepted(desk.tanaka)
    see_nothing_of_the_account(Agent(desk.tanaka), case)


def test_a_closed_case_shows_no_more_than_the_open_one_did(english: Desk) -> None:
    desk = english
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    see_nothing_of_the_account(Agent(desk.sato), case)
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    tanaka = Agent(desk.tanaka)
    tanaka.clicks("console:look", case.pk, reason="A complaint came in.")
    see_nothing_of_the_account(tanaka, case)


def test_a_look_does_not_pass_for_evidence(english: Desk) -> None:
    desk = english
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.accepted()
    Agent(desk.sato).clicks("console:ask", case.pk, method="totp")
    assert not Evidence.objects.exists()


def test_the_help_page_costs_no_look_at_the_desk(desk: Desk) -> None:
    """Who sits where is found out by the worker, not while the claimant waits for the answer."""
    visitor = Visitor(people.DESK)
    visitor.post("help_check", "taken_over", **ASKED)
    assert Callback.objects.get().from_staff == []
