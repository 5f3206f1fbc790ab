"""The console in an agent's hands: what is shown, what is kept from view, what each click does."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.doubt.signals import Reason
from accounts.doubt.words import REASONS
from accounts.models import User
from audit.models import Event
from audit.registry import GROUPS
from common import clock, encryption
from common.email_addresses import mask
from notifications.models import Delivery
from recovery import current_work
from recovery.cases import changes
from recovery.console import sentences
from recovery.console.presenters.history import SHOWN
from recovery.evidence import services as evidence
from recovery.models import Approval, CallAttempt, Callback, Case, Evidence
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, shifts
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState, CaseState, DutyState
from recovery.takeover import selectors as takeover_selectors
from tests.support import people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def sato(desk: Desk) -> Agent:
    """An agent who works in English and Japanese, signed in and on duty; his pages are in English."""
    User.objects.filter(pk=desk.sato.user.pk).update(language="en")
    desk.on_duty(desk.sato)
    return Agent(desk.sato)


@pytest.fixture
def tanaka(desk: Desk) -> Agent:
    User.objects.filter(pk=desk.tanaka.user.pk).update(language="en")
    return Agent(desk.tanaka)


@pytest.fixture
def case(desk: Desk, sato: Agent) -> Case:
    """Hanako's case, accepted by Sato, not yet called."""
    desk.asks()
    return desk.accepted()


def duty(desk: Desk) -> str:
    found = queue_selectors.duty_of(desk.sato.user.pk)
    return found.state if found else ""


def calling(sato: Agent, case: Case) -> CallAttempt:
    sato.clicks("console:place_call", case.pk)
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    return attempt


def talking(sato: Agent, case: Case) -> CallAttempt:
    attempt = calling(sato, case)
    sato.clicks("console:outcome", case.pk, outcome="answered")
    sato.clicks("console:read_out", case.pk, code=attempt.read_out)
    attempt.refresh_from_db()
    assert attempt.read_out_confirmed_at
    return attempt


def mailed_code() -> str:
    params = Delivery.objects.filter(message="evidence_code").latest("pk").params
    assert params is not None
    return str(encryption.unseal(params)["code"])


# The desk


def test_an_agent_goes_on_and_off_duty(desk: Desk) -> None:
    agent = Agent(desk.alice)
    agent.clicks("console:on_duty")
    assert queue_selectors.duty_of(desk.alice.user.pk).state == DutyState.FREE  # type: ignore[union-attr]
    agent.clicks("console:off_duty")
    assert queue_selectors.duty_of(desk.alice.user.pk).state == DutyState.OFF  # type: ignore[union-attr]


def test_the_queue_names_nobody_in_full(desk: Desk, sato: Agent) -> None:
    desk.asks()
    page = sato.sees("console:desk")
    assert "h••••o@example.jp" in page
    assert "hanako@example.jp" not in page
    assert NUMBER not in page


def test_an_agent_who_is_offered_a_call_can_take_it_or_pass_it_on(desk: Desk, sato: Agent) -> None:
    desk.asks()
    dispatch.dispatch()
    page = sato.sees("console:desk", part="offer")
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    assert f"/desk/queue/{offer.pk}/accept/" in page
    answer = sato.clicks("console:pass_on", offer.pk)
    assert answer.status_code == 302
    assert duty(desk) == DutyState.FREE
    assert dispatch.dispatch() == 0, "who passed on a call is not asked again"
    assert "call.passed_on" in set(Event.objects.values_list("action", flat=True))


def test_taking_the_offer_leads_to_the_case(desk: Desk, sato: Agent) -> None:
    case, _ = desk.asks()
    dispatch.dispatch()
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    answer = sato.clicks("console:accept", offer.pk)
    assert answer.url == f"/desk/case/{case.pk}/"
    assert duty(desk) == DutyState.BUSY


def test_an_offer_that_has_gone_on_says_so(desk: Desk, sato: Agent) -> None:
    desk.asks()
    dispatch.dispatch()
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    changes.withdraw(case=offer.case)
    answer = sato.clicks("console:accept", offer.pk)
    assert answer.url == "/desk/"
    assert "This call is no longer offered to you." in sato.sees("console:desk")


def test_who_missed_an_offer_reads_that_they_are_off_duty_and_how_to_come_back(
    desk: Desk, sato: Agent
) -> None:
    desk.asks()
    dispatch.dispatch()
    Callback.objects.update(offer_expires_at=clock.now())
    offers.expire_offers()
    page = sato.sees("console:desk")
    assert "You missed a call, so you’re off duty" in page
    assert "I’m back: go on duty" in page


def test_nobody_takes_a_call_that_is_due_later(desk: Desk, sato: Agent) -> None:
    case, _ = desk.asks()
    later = clock.now() + timedelta(hours=2)
    changes.move_call(case=case, due_at=later)
    page = sato.sees("console:desk", part="queue")
    assert f"/desk/queue/{case.callback.pk}/take/" not in page
    answer = sato.clicks("console:take", case.callback.pk)
    assert answer.url == "/desk/"
    case.refresh_from_db()
    assert case.state == CaseState.WAITING


def test_a_part_that_has_not_changed_is_not_sent_again(desk: Desk, sato: Agent) -> None:
    page = sato.sees("console:desk")
    seen = re.search(r"part=presence&amp;seen=([^\"]+)\"", page)
    assert seen
    again = sato.get("console:desk", part="presence", seen=seen[1])
    assert again.status_code == 204
    desk.asks()
    dispatch.dispatch()
    assert sato.get("console:desk", part="presence", seen=seen[1]).status_code == 200


# The case


def test_only_the_agent_with_the_case_and_supervisors_find_it(
    desk: Desk, case: Case, sato: Agent, tanaka: Agent
) -> None:
    assert sato.get("console:case", case.pk).status_code == 200
    assert tanaka.get("console:case", case.pk).status_code == 200
    assert Agent(desk.alice).get("console:case", case.pk).status_code == 404
    assert sato.get("console:case", case.pk + 1000).status_code == 404


def test_each_opening_of_a_case_is_in_the_trail_with_its_reason(
    case: Case, sato: Agent, tanaka: Agent
) -> None:
    sato.sees("console:case", case.pk)
    sato.sees("console:case", case.pk, part="side")
    tanaka.sees("console:case", case.pk)
    reads = Event.objects.filter(action="case.read", case=case.pk).order_by("id")
    assert [(one.actor, one.details["reason"]) for one in reads] == [
        (sato.actor.user.pk, "in_hand"),
        (tanaka.actor.user.pk, "supervision"),
    ]
    assert reads[0].account == case.account_id


def test_a_supervisor_reads_along_and_acts_on_nothing(case: Case, sato: Agent, tanaka: Agent) -> None:
    page = tanaka.sees("console:case", case.pk)
    assert "View only." in page
    assert "Start the call" not in page
    assert "Refuse" not in page
    for name in ("place_call", "hand_back", "refuse", "add_note", "ask", "restore"):
        assert tanaka.clicks(f"console:{name}", case.pk, text="x").status_code == 404, name


def test_before_the_call_the_agent_sees_a_masked_number_during_it_the_whole_one(
    case: Case, sato: Agent
) -> None:
    before = sato.sees("console:case", case.pk)
    assert NUMBER not in before
    assert "+81 90 1234 5678" not in before
    attempt = calling(sato, case)
    during = sato.sees("console:case", case.pk)
    assert f'href="tel:{NUMBER}"' in during
    assert all(word in during for word in attempt.words.split())


def test_the_code_that_the_caller_reads_out_is_nowhere_on_the_agents_pages(case: Case, sato: Agent) -> None:
    attempt = calling(sato, case)
    sato.clicks("console:outcome", case.pk, outcome="answered")
    for part in ("", "call", "side"):
        assert attempt.read_out not in sato.sees("console:case", case.pk, part=part)


def test_what_the_thief_did_is_told_of_a_session_and_what_she_did_by_her_name(
    case: Case, sato: Agent
) -> None:
    talking(sato, case)
    rows = sato.get("console:case", case.pk).context["rows"]
    strange = [row.sentence for row in rows if row.marked and row.by_owner]
    assert "A session from Netherlands (Firefox, Linux) changed the password" in strange
    assert not [sentence for sentence in strange if "Hanako" in sentence]
    assert [row.sentence for row in rows if not row.marked and "Hanako Mori" in row.sentence]


def test_no_sentence_of_a_doubted_act_names_the_owner_as_who_did_it() -> None:
    with translation.override("en"):
        owners = [
            kind.name
            for group in GROUPS
            for kind in group.types
            if kind.name.startswith(SHOWN) and (kind.own or str(kind.sentence).startswith("%(whose)s "))
        ]
    assert set(owners) <= set(sentences.doubted())


def test_a_wrong_code_is_said_and_counted(case: Case, sato: Agent) -> None:
    attempt = calling(sato, case)
    sato.clicks("console:outcome", case.pk, outcome="answered")
    wrong = "000000" if attempt.read_out != "000000" else "111111"
    refused = sato.clicks("console:read_out", case.pk, code=wrong)
    assert refused.status_code == 422
    page = " ".join(refused.content.decode().split())
    assert re.search("<title> ?Error: ", page)
    assert "The code is incorrect." in page
    assert "wrong, 4 attempts left" in page


def test_nothing_can_be_asked_before_the_code_was_read_out(case: Case, sato: Agent) -> None:
    page = sato.sees("console:case", case.pk, part="side")
    assert "What you can ask for appears once the caller has read out the code." in page
    sato.clicks("console:ask", case.pk, method="totp")
    assert not Evidence.objects.exists()
    assert "First ask the caller to read out the code on their page." in sato.sees("console:case", case.pk)


def test_the_addresses_to_choose_from_are_masked_and_from_before_the_window(case: Case, sato: Agent) -> None:
    talking(sato, case)
    page = sato.sees("console:case", case.pk, part="side")
    assert "Code to h••••o@example.jp" in page
    assert "Code to h••••8@mail.example" not in page, "the thief’s address is no evidence"
    assert "hanako@example.jp" not in page


def test_what_the_caller_shows_appears_and_opens_the_way_to_restore(
    desk: Desk, case: Case, sato: Agent
) -> None:
    talking(sato, case)
    sato.clicks("console:ask", case.pk, method="totp")
    page = sato.sees("console:case", case.pk, part="side")
    assert "waiting for an answer, time left" in page
    assert "There isn’t enough evidence yet." in page
    evidence.answer(case=case, evidence_id=Evidence.objects.latest("pk").pk, typed=desk.hanako.code())
    assert desk.shows_recovery_code(case)
    page = sato.sees("console:case", case.pk, part="side")
    assert "Enough evidence" in page
    assert f"/desk/case/{case.pk}/restore/" in page


def test_restoring_shows_the_plan_first_and_a_get_changes_nothing(
    desk: Desk, case: Case, sato: Agent
) -> None:
    talking(sato, case)
    assert desk.shows_app(case)
    assert desk.shows_recovery_code(case)
    page = sato.sees("console:restore", case.pk)
    assert "You can’t undo this." in page
    plan = page[page.index("After the restore") : page.index("You can’t undo this.")]
    assert plan.index(mask(people.THIEF_EMAIL)) < plan.index(mask("hanako@example.jp")), "now, then after"
    assert str(REASONS[Reason.COUNTRY]) in page[page.index("Why these changes are undone") :]
    assert 'id="callbar"' in page, "the call stays in view"
    case.refresh_from_db()
    assert case.state == CaseState.WORKING
    sato.clicks("console:restore", case.pk)
    case.refresh_from_db()
    assert case.state == CaseState.RESTORED
    desk.hanako.user.refresh_from_db()
    assert desk.hanako.user.email == "hanako@example.jp"


def test_restoring_asks_for_a_fresh_second_factor(desk: Desk, case: Case, sato: Agent) -> None:
    talking(sato, case)
    assert desk.shows_app(case)
    assert desk.shows_recovery_code(case)
    session = sato.client.session
    session["factor_at"] = 0
    session.save()
    answer = sato.clicks("console:restore", case.pk)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:verify"))
    case.refresh_from_db()
    assert case.state == CaseState.WORKING


def test_without_enough_evidence_no_click_restores(case: Case, sato: Agent) -> None:
    talking(sato, case)
    answer = sato.clicks("console:restore", case.pk)
    assert answer.url == f"/desk/case/{case.pk}/"
    case.refresh_from_db()
    assert case.state == CaseState.WORKING
    assert Event.objects.filter(action="restore.refused", outcome="denied").exists()


def test_no_answer_puts_the_call_back_in_line_and_leads_to_the_desk(case: Case, sato: Agent) -> None:
    calling(sato, case)
    answer = sato.clicks_live("console:outcome", case.pk, outcome="no_answer")
    assert answer.headers["HX-Redirect"] == "/desk/"
    case.refresh_from_db()
    assert case.state == CaseState.WAITING
    assert "The call is back in the queue" in sato.sees("console:desk")


def test_a_click_on_a_live_page_changes_parts_and_leaves_the_page(case: Case, sato: Agent) -> None:
    answer = sato.clicks_live("console:place_call", case.pk)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "acted")


def test_a_case_that_went_into_other_hands_says_so_and_nothing_else(
    desk: Desk, case: Case, sato: Agent
) -> None:
    changes.reassign(case=case, by=desk.tanaka.user.pk, reason="needed elsewhere")
    for part in ("call", "side", "notes", "story"):
        answer = sato.get("console:case", case.pk, part=part)
        assert (answer.status_code, answer.content) == (404, b"")
        assert answer.headers["HX-Redirect"] == f"/desk/case/{case.pk}/"
    gone = sato.get("console:case", case.pk)
    assert gone.status_code == 404
    assert "This case is no longer yours" in gone.content.decode()
    assert case.reference not in gone.content.decode()


def test_a_claimant_who_cancels_while_the_phone_rings_is_not_called_on(case: Case, sato: Agent) -> None:
    calling(sato, case)
    changes.withdraw(case=case)
    page = sato.sees("console:case", case.pk, part="call")
    assert "The claimant has cancelled. Don’t call again." in page
    assert NUMBER not in page


def test_a_note_is_added_and_an_empty_one_is_asked_for_again(case: Case, sato: Agent) -> None:
    assert sato.clicks("console:add_note", case.pk, text="").status_code == 422
    answer = sato.clicks_live("console:add_note", case.pk, text="Calm, at home.")
    assert answer.status_code == 200
    assert "Calm, at home." in answer.content.decode()
    too_long = sato.clicks_live("console:add_note", case.pk, text="a" * 4001)
    assert too_long.status_code == 422
    assert "a" * 4001 in too_long.content.decode(), "what was typed is kept"
    assert case.notes.count() == 1


def test_a_note_can_still_be_written_after_the_case_is_closed(case: Case, sato: Agent) -> None:
    sato.clicks("console:refuse", case.pk, **{"refuse-reason": "not_shown"})
    case.refresh_from_db()
    assert (case.state, case.refusal) == (CaseState.REFUSED, "not_shown")
    assert "New note" in sato.sees("console:case", case.pk)
    sato.clicks("console:add_note", case.pk, text="Hung up when asked for the code.")
    assert case.notes.count() == 1


def test_handing_back_asks_why(case: Case, sato: Agent) -> None:
    sato.clicks("console:hand_back", case.pk)
    case.refresh_from_db()
    assert case.state == CaseState.WORKING
    answer = sato.clicks("console:hand_back", case.pk, **{"hand-back-reason": "My shift ends."})
    assert answer.url == "/desk/"
    case.refresh_from_db()
    assert case.state == CaseState.WAITING
    assert sato.get("console:case", case.pk).status_code == 404


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("nobody@example.jp", "No account uses this e-mail"),
        ("tanaka@orikaeshi.example", "This is a staff account"),
    ],
)
def test_where_the_desk_may_not_act_the_page_says_so(desk: Desk, sato: Agent, email: str, words: str) -> None:
    desk.asks(email=email)
    case = desk.talking()
    page = sato.sees("console:case", case.pk)
    assert words in page
    assert "There’s nothing you can ask for." in page
    assert "What a restore would do" not in page
    assert "What happened to the account" not in page, "a colleague’s life is not shown either"
    assert "Tanaka" not in page


def test_an_account_without_a_window_is_told_from_one_that_was_taken_over(
    desk: Desk, case: Case, sato: Agent
) -> None:
    assert "Suspected takeover" in sato.sees("console:case", case.pk)
    sato.clicks("console:refuse", case.pk, **{"refuse-reason": "not_shown"})
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    desk.asks(email="alice@orikaeshi.example", number="+819011110009")
    User.objects.filter(email="alice@orikaeshi.example").update(role="user")
    healthy = desk.accepted()
    assert "No signs of a takeover" in sato.sees("console:case", healthy.pk)


# The second person


def test_without_an_authenticator_a_second_person_is_asked_with_a_reason(
    desk: Desk, case: Case, sato: Agent
) -> None:
    talking(sato, case)
    address = takeover_selectors.offerable(case).addresses[0]
    sato.clicks("console:ask", case.pk, method="email_code", target=address.id)
    evidence.answer(case=case, evidence_id=Evidence.objects.latest("pk").pk, typed=mailed_code())
    assert desk.shows_recovery_code(case)
    assert "A second person must approve first." in sato.sees("console:case", case.pk, part="side")
    sato.clicks("console:request_approval", case.pk)
    assert not Approval.objects.exists(), "a reason is asked for"
    sato.clicks("console:request_approval", case.pk, **{"approval-reason": "Lost her phone as well."})
    assert Approval.objects.get().reason == "Lost her phone as well."


def test_wrong_answers_are_shown_with_the_tries_that_are_left(desk: Desk, case: Case, sato: Agent) -> None:
    talking(sato, case)
    assert not desk.shows(case, Method.TOTP, "000000")
    assert "wrong answers: 4 attempts left" in sato.sees("console:case", case.pk, part="side")


def test_the_words_to_say_are_in_the_language_of_the_claimant(case: Case, sato: Agent) -> None:
    calling(sato, case)
    page = sato.sees("console:case", case.pk, part="call")
    assert '<ol lang="ja">' in page


def test_a_second_click_on_call_places_no_second_call(case: Case, sato: Agent) -> None:
    calling(sato, case)
    sato.clicks("console:place_call", case.pk)
    assert CallAttempt.objects.count() == 1
    assert CallAttempt.objects.get().state == AttemptState.CALLING


def test_the_console_works_without_scripts(case: Case, sato: Agent) -> None:
    answer: Any = sato.clicks("console:place_call", case.pk)
    assert answer.url == f"/desk/case/{case.pk}/"
    assert "Answered" in sato.sees("console:case", case.pk)
