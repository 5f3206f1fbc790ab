"""The claimant's page: it says what is so, to her browser alone."""

import pytest
from django.test import Client

from recovery.calls import services as calls
from recovery.cases import changes, intake
from recovery.cases import selectors as case_selectors
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.claimant.presenters import status
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Callback, Case
from recovery.models.evidence import Method
from recovery.queue import dispatch, wait
from recovery.states import AttemptState, EvidenceState
from recovery.takeover import protect
from tests.recovery.claimant.status_page import NOBODY, call_of, headline, page, parts, title
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db


# Whose page it is


def test_a_browser_that_asked_for_nothing_is_told_so(client: Client) -> None:
    answer = client.get("/status/")
    assert answer.status_code == 404
    assert "/help/" in answer.content.decode()


def test_a_guessed_key_opens_nothing(hers: Client, client: Client) -> None:
    case = Case.objects.get()
    client.cookies[CAPABILITY_COOKIE] = case.capability
    assert client.get("/status/").status_code == 404


@pytest.mark.parametrize("path", ["number", "time", "cancel", "code", "evidence/1"])
def test_without_a_request_no_button_does_anything(client: Client, path: str) -> None:
    answer = client.post(f"/status/{path}/")
    assert (answer.status_code, answer["Location"]) == (302, "/status/")


def test_a_stranger_cannot_answer_hanakos_question(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    stranger = Client()
    _, stranger.cookies[CAPABILITY_COOKIE] = desk.asks(email="s@example.jp", number="+819012345670")
    stranger.post(f"/status/evidence/{asked.pk}/", {"answer": desk.hanako.code()})
    asked.refresh_from_db()
    assert (asked.state, asked.failures) == (EvidenceState.ASKED, 0)


# What it says


def test_before_protection_it_says_that_the_request_is_there(client: Client) -> None:
    case, client.cookies[CAPABILITY_COOKIE] = intake.open_case(
        email="x@example.jp", number=NUMBER, category="taken_over", language="en", zone="Asia/Tokyo"
    )
    assert case.protected_at is None
    assert headline(client) == "We’ve received your request"


def test_she_sees_her_place_and_with_nobody_on_duty_no_wait(hers: Client, desk: Desk) -> None:
    desk.asks(email="a@example.jp", number="+819012345671", language="en")
    assert headline(hers) == "Nobody who speaks English is at the desk right now"
    assert "first in the queue" in page(hers)
    assert "You’re next" not in page(hers)
    later = Client()
    _, later.cookies[CAPABILITY_COOKIE] = desk.asks(
        email="b@example.jp", number="+819012345672", language="en"
    )
    assert headline(later) == "Nobody who speaks English is at the desk right now"
    assert "number 3 in the queue" in page(later)
    desk.on_duty(desk.alice)
    wait.forget()
    assert headline(later) == "You’re number 3 in the queue"


def test_she_sees_the_likely_wait_as_a_range(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.alice)
    assert "under 1 minute" in page(hers)


def test_while_an_agent_is_asked_the_wait_does_not_jump(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato, desk.alice)
    dispatch.dispatch()
    second = Client()
    _, second.cookies[CAPABILITY_COOKIE] = desk.asks(
        email="b@example.jp", number="+819012345672", language="en"
    )
    assert "under 1 minute" in page(hers)
    assert "under 1 minute" in page(second)


def test_the_two_words_are_there_and_the_code_is_not_before_the_call(hers: Client) -> None:
    callback = Callback.objects.get()
    seen = page(hers)
    for word in callback.words.split():
        assert f"<b>{word}</b>" in seen
    assert callback.read_out not in seen
    assert NOBODY in seen


def test_accepted_is_not_calling(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    desk.accepted()
    assert headline(hers) == "Sato will call you shortly"
    assert NOBODY in page(hers)


def test_while_it_rings_the_page_names_the_agent_and_shows_the_code(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    words = Callback.objects.get().words
    attempt = desk.calls(desk.accepted())
    seen = page(hers)
    assert headline(hers) == "Sato is calling you now"
    assert title(hers).startswith("Sato is calling you now")
    assert NOBODY not in seen
    assert all(f"<b>{word}</b>" in seen for word in words.split())
    assert " ".join(attempt.read_out) in seen


def test_a_planned_call_shows_no_code_yet(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    attempt = desk.calls(desk.accepted())
    CallAttempt.objects.update(state=AttemptState.PLANNED)
    assert " ".join(attempt.read_out) not in page(hers)
    assert NOBODY not in page(hers)


def test_a_call_that_nobody_knows_of_is_told_as_it_is(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    attempt = desk.calls(desk.accepted())
    CallAttempt.objects.update(state=AttemptState.UNKNOWN)
    assert headline(hers) == "Sato may be calling you now"
    assert NOBODY not in page(hers)
    assert " ".join(attempt.read_out) not in page(hers)


def test_after_she_read_out_the_code_it_is_gone_from_the_page(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    desk.talking()
    assert headline(hers) == "You’re on the phone with Sato"
    assert " ".join(call_of(hers).read_out) not in page(hers)


def test_when_nobody_answered_the_page_says_when_we_try_again_with_new_words(
    hers: Client, desk: Desk
) -> None:
    desk.on_duty(desk.sato)
    attempt = desk.calls(desk.accepted())
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER)
    seen = page(hers)
    assert headline(hers) == "We’ll call you again"
    assert "Nobody answered." in seen
    assert NOBODY in seen
    assert attempt.words != Callback.objects.get().words
    assert f"<b>{Callback.objects.get().words.split()[0]}</b>" in seen


def test_after_hanging_up_nobody_is_calling_though_the_agent_works_on(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    desk.talking()
    calls.hang_up(attempt=call_of(hers), agent_id=desk.sato.user.pk)
    assert headline(hers) == "The call has ended. Sato is still working on your request"
    assert NOBODY in page(hers)


@pytest.mark.parametrize("reason", ["not_shown", "no_account", "staff"])
def test_a_refusal_sounds_the_same_whatever_the_reason(hers: Client, desk: Desk, reason: str) -> None:
    desk.on_duty(desk.sato)
    case = desk.accepted()
    changes.refuse(case=case, by=desk.sato.user.pk, reason=reason)
    assert headline(hers) == "We didn’t change anything"
    assert "We couldn’t confirm that the account is yours" in page(hers)


def test_unreachable_says_how_often_we_tried_and_offers_to_ask_again(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    attempt = desk.calls(desk.accepted())
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.INVALID_NUMBER)
    seen = page(hers)
    assert headline(hers) == "We couldn’t reach you"
    assert "We tried to call you 1 time" in seen
    assert 'href="/help/"' in seen


def test_asking_from_another_browser_changes_nothing_on_her_page(hers: Client, desk: Desk) -> None:
    before = headline(hers)
    desk.asks(language="en")
    assert headline(hers) == before


def test_that_nobody_is_calling_is_said_quietly(hers: Client) -> None:
    seen = page(hers)
    assert NOBODY in seen
    assert "danger" not in seen.split("<main")[1]


def test_while_she_waits_she_reads_that_the_account_is_looked_after_whoever_it_is_of(desk: Desk) -> None:
    said = "If an account uses the address you gave, we’ve already checked it"
    for email in ("hanako@example.jp", "nobody@example.jp"):
        browser = Client()
        case, browser.cookies[CAPABILITY_COOKIE] = intake.open_case(
            email=email, number=NUMBER, category="taken_over", language="en", zone="Asia/Tokyo"
        )
        assert said not in page(browser)
        protect.protect(case_id=case.pk)
        assert said in page(browser)


def test_numbers_are_written_as_in_the_country_in_which_she_is(hers: Client) -> None:
    at_home, abroad = (
        hers.get("/status/", REMOTE_ADDR="126.72.14.9"),
        hers.get("/status/", REMOTE_ADDR="91.198.7.9"),
    )
    assert "03-5550-0100" in at_home.content.decode()
    assert "090-1234-5678" in at_home.content.decode()
    assert "+81 3 5550 0100" in abroad.content.decode()
    assert "+81 90 1234 5678" in abroad.content.decode()


def test_in_japanese_nobody_is_next_while_nobody_is_there(hers: Client, desk: Desk) -> None:
    hers.cookies["language"] = "ja"
    assert headline(hers) == "ただいま英語で対応できる担当者がおりません"
    desk.on_duty(desk.alice)
    wait.forget()
    assert headline(hers) == "順番は次です"


# Live


def test_a_live_page_gets_only_what_it_does_not_show_yet(hers: Client, desk: Desk) -> None:
    seen = page(hers)
    assert parts(hers, seen).status_code == 204
    desk.on_duty(desk.sato)
    desk.accepted()
    fresh = parts(hers, seen).content.decode()
    assert "Sato will call you shortly" in fresh
    assert "<html" not in fresh
    assert 'id="act"' not in fresh


def test_a_question_that_is_being_answered_is_not_swapped_away(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.TOTP)
    seen = page(hers)
    calls.hang_up(attempt=call_of(hers), agent_id=desk.sato.user.pk)
    fresh = parts(hers, seen).content.decode()
    assert "The call has ended" in fresh
    assert "code-input" not in fresh


def test_no_key_of_a_part_gives_the_code_or_the_words_away(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    desk.calls(desk.accepted())
    case = case_selectors.case_by_capability(hers.cookies[CAPABILITY_COOKIE].value)
    assert case
    before = status.of(case)
    CallAttempt.objects.update(read_out="000000", words="one two")
    after = status.of(case)
    assert after.call.code == "000000"
    assert before.call.key == after.call.key


def test_without_scripts_the_page_reloads_itself_but_never_under_somebodys_hands(
    hers: Client, desk: Desk
) -> None:
    reload = '<meta http-equiv="refresh"'
    assert reload in page(hers)
    assert reload not in page(hers, "/status/number/")
    assert reload not in page(hers, "/status/time/")
    desk.on_duty(desk.sato)
    evidence.ask(case=desk.talking(), agent_id=desk.sato.user.pk, method=Method.TOTP)
    assert reload not in page(hers)
