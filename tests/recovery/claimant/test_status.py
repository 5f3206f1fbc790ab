"""The claimant's page: it says what is so, to her browser alone, and asks for no more than it needs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client

from accounts.models import Authenticator
from common import clock, encryption
from common.errors import Denied
from recovery import lifecycle
from recovery.calls import selectors as call_selectors
from recovery.calls import services as calls
from recovery.cases import changes, intake
from recovery.cases import selectors as case_selectors
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.claimant.presenters import status as presenter
from recovery.evidence import policies as evidence_policies
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Callback, Case, Evidence
from recovery.models.evidence import Method
from recovery.queue import dispatch
from recovery.queue import wait as outlook
from recovery.restoration import services as restoration
from recovery.states import AttemptState, CallbackState, CaseState, EvidenceState
from recovery.takeover import protect
from recovery.takeover import selectors as takeover_selectors
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db

NOBODY = "Nobody is calling you now"


@pytest.fixture
def hers(desk: Desk) -> Client:
    """Hanako's browser, from which she has just asked."""
    browser = Client()
    _, browser.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    return browser


def page(browser: Client, path: str = "/status/") -> str:
    return browser.get(path).content.decode()


def parts(browser: Client, page_now: str) -> Any:
    """What a live page gets when it asks for what it does not show yet."""
    shown = dict(re.findall(r'name="(\w+)" value="([0-9a-f]{8})" data-shown', page_now))
    return browser.get("/status/", shown, headers={"HX-Request": "true"})


def headline(browser: Client) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page(browser), re.DOTALL)
    assert found
    return found[1].strip()


def title(browser: Client) -> str:
    return " ".join(page(browser).split("<title>")[1].split("</title>")[0].split())


def call_of(browser: Client) -> CallAttempt:
    case = case_selectors.case_by_capability(browser.cookies[CAPABILITY_COOKIE].value)
    assert case
    return call_selectors.attempts_of(case).latest("placed_at")


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
    outlook.forget()
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
    said = "If an account uses the address that you gave, we have looked at it"
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
    outlook.forget()
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
    before = presenter.of(case)
    CallAttempt.objects.update(read_out="000000", words="one two")
    after = presenter.of(case)
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


# What she can change


def test_she_corrects_the_number_and_keeps_her_place(hers: Client, desk: Desk) -> None:
    before = Callback.objects.get()
    answer = hers.post("/status/number/", {"number": "03-1234-5678"})
    assert answer["Location"] == "/status/"
    after = Callback.objects.get()
    assert (after.number, after.due_at) == ("+81312345678", before.due_at)
    assert "03-1234-5678" in page(hers)


def test_a_number_that_cannot_be_called_is_said_beside_the_field(hers: Client) -> None:
    answer = hers.post("/status/number/", {"number": "0120 000 000"})
    assert answer.status_code == 422
    seen = answer.content.decode()
    assert "mobile, landline and internet" in seen
    assert re.search(r"<title>\s*Error: ", seen)
    form = seen.split('action="/status/number/"')[1].split("</form>")[0]
    assert "data-focus" in form
    assert 'href="#number_number"' in form
    assert 'data-live-title=""' in seen, "the script leaves the title as it is"
    assert Callback.objects.get().number == NUMBER


def test_while_it_rings_the_number_cannot_be_changed(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    desk.calls(desk.accepted())
    assert "Correct the number" not in page(hers)
    answer = hers.post("/status/number/", {"number": "03-1234-5678"}, follow=True)
    assert "You can’t change the number any more" in answer.content.decode()
    assert Callback.objects.get().number == NUMBER


def test_changing_the_number_again_and_again_is_bounded(hers: Client) -> None:
    answers = [
        hers.post("/status/number/", {"number": f"090-1234-10{end:02}"}).status_code for end in range(8)
    ]
    assert answers[:6] == [302] * 6
    assert answers[6:] == [429] * 2


def test_she_moves_the_call_to_another_time_and_back_to_now(hers: Client) -> None:
    later = clock.now() + timedelta(hours=15)
    tokyo = (later + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    assert hers.post("/status/time/", {"due_at": tokyo}).status_code == 302
    assert abs(Callback.objects.get().due_at - later) <= timedelta(minutes=1)
    assert headline(hers) == "Your call is booked"
    hers.post("/status/time/", {"now": "1"})
    assert Callback.objects.get().due_at <= clock.now()
    assert headline(hers) == "Nobody who speaks English is at the desk right now"


def test_a_time_that_is_over_is_refused(hers: Client) -> None:
    answer = hers.post("/status/time/", {"due_at": "2020-01-01T00:00"})
    assert answer.status_code == 422
    assert "This time has passed" in answer.content.decode()


def test_cancelling_is_asked_first_and_a_get_never_does_it(hers: Client) -> None:
    assert "Keep the call" in page(hers, "/status/cancel/")
    assert Case.objects.get().state == CaseState.WAITING
    hers.post("/status/cancel/")
    assert Case.objects.get().state == CaseState.WITHDRAWN
    assert headline(hers) == "The call has been cancelled"


def test_she_cancels_while_the_phone_rings(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    desk.calls(desk.accepted())
    assert "A call is in progress" in page(hers, "/status/cancel/")
    hers.post("/status/cancel/")
    assert Case.objects.get().state == CaseState.WITHDRAWN
    assert Callback.objects.get().state == CallbackState.CANCELLED
    assert call_of(hers).state == AttemptState.CANCELLED
    assert "We’re not calling you" in page(hers)


# Evidence


@pytest.fixture
def asked(hers: Client, desk: Desk) -> Evidence:
    """Sato has sent a code, 482913, to her old mailbox."""
    desk.on_duty(desk.sato)
    case = desk.talking()
    address = takeover_selectors.offerable(case).addresses[0]
    one = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    Evidence.objects.filter(pk=one.pk).update(digest=make_password("482913"))
    return one


def answer(browser: Client, one: Evidence, typed: str) -> Any:
    return browser.post(f"/status/evidence/{one.pk}/", {"answer": typed})


def test_her_page_asks_for_the_code_and_shows_the_address_masked(hers: Client, asked: Evidence) -> None:
    seen = page(hers)
    assert "h••••o@example.jp" in seen
    assert "hanako@example.jp" not in seen
    assert 'autocomplete="one-time-code"' in seen


def test_the_right_code_passes_however_it_is_spelled(hers: Client, asked: Evidence) -> None:
    assert answer(hers, asked, "４８２ 913").status_code == 302
    asked.refresh_from_db()
    assert asked.state == EvidenceState.PASSED
    assert "verified: the agent can see this" in page(hers)


def test_a_wrong_code_says_what_remains(hers: Client, asked: Evidence) -> None:
    wrong = answer(hers, asked, "000000")
    assert wrong.status_code == 422
    assert "This code is incorrect" in wrong.content.decode()
    assert f"{evidence_policies.FAILURES_A_METHOD - 1} attempts left" in wrong.content.decode()


def test_a_slip_of_the_hand_costs_no_try(hers: Client, asked: Evidence) -> None:
    for typed in ("", "48291", "4829131", "48291x"):
        assert answer(hers, asked, typed).status_code == 422
    asked.refresh_from_db()
    assert asked.failures == 0


def test_half_a_recovery_code_is_a_slip_and_burns_none(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    one = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    code = desk.hanako.recovery_codes.pop()
    assert answer(hers, one, code[:12]).status_code == 422
    one.refresh_from_db()
    assert one.failures == 0
    assert answer(hers, one, code.upper()).status_code == 302
    one.refresh_from_db()
    assert one.state == EvidenceState.PASSED


def test_codes_that_strangers_tried_at_the_sign_in_count_here_all_the_same(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    for one in Authenticator.objects.filter(user=desk.hanako.user):
        for source in ("password 0", "password 1", "password 0, network 145.100.1.0/24"):
            one.failures.create(source=source, count=100, failed_at=clock.now())
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    assert answer(hers, asked, desk.hanako.recovery_codes[0]).status_code == 302
    asked.refresh_from_db()
    assert asked.state == EvidenceState.PASSED


def test_also_at_the_desk_an_authenticator_has_a_hundred_tries(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    for one in Authenticator.objects.filter(user=desk.hanako.user):
        one.failures.create(source="desk", count=100, failed_at=clock.now())
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.RECOVERY_CODE)
    refused = answer(hers, asked, desk.hanako.recovery_codes[0])
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 60


def test_after_the_last_try_the_way_is_closed(hers: Client, asked: Evidence) -> None:
    for _ in range(evidence_policies.FAILURES_A_METHOD - 1):
        assert answer(hers, asked, "000000").status_code == 422
    last = hers.post(f"/status/evidence/{asked.pk}/", {"answer": "000000"}, follow=True).content.decode()
    assert "you can’t use this method any more" in last
    assert answer(hers, asked, "482913")["Location"] == "/status/"
    asked.refresh_from_db()
    assert asked.state == EvidenceState.FAILED


def test_a_question_that_ran_out_is_not_answered_any_more(hers: Client, asked: Evidence) -> None:
    Evidence.objects.update(expires_at=clock.now())
    late = hers.post(f"/status/evidence/{asked.pk}/", {"answer": "482913"}, follow=True).content.decode()
    assert "This is no longer needed" in late
    asked.refresh_from_db()
    assert asked.state == EvidenceState.ASKED


def test_reloading_after_an_answer_leads_back_to_the_page(hers: Client, asked: Evidence) -> None:
    assert hers.get(f"/status/evidence/{asked.pk}/")["Location"] == "/status/"


# The end


def test_after_the_restore_the_page_says_what_is_left_to_do(hers: Client, desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    desk.shows_app(case)
    desk.shows_recovery_code(case)
    restoration.restore(case=case, agent_id=desk.sato.user.pk)
    calls.hang_up(attempt=call_of(hers), agent_id=desk.sato.user.pk)
    seen = page(hers)
    assert headline(hers) == "Your account is yours again"
    assert "What to do now" in seen
    assert (
        seen.index("Check your e-mail")
        < seen.index("Open the link in the e-mail")
        < seen.index("Sign in with it")
    )
    assert 'class="button primary"' not in seen
    assert "A new recovery code" in seen


def test_the_new_recovery_code_is_shown_once_and_by_a_button_only(hers: Client) -> None:
    with transaction.atomic():
        lifecycle.close_case(Case.objects.get(), CaseState.SUPERSEDED, CallbackState.CANCELLED)
    Case.objects.update(
        state=CaseState.RESTORED, replacement_sealed=encryption.seal({"recovery_code": "abcd1234efgh5678"})
    )
    assert "abcd" not in page(hers)
    assert hers.get("/status/code/")["Location"] == "/status/"
    shown = hers.post("/status/code/")
    assert 'data-value="abcd1234efgh5678"' in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    again = hers.post("/status/code/", follow=True).content.decode()
    assert "abcd" not in again
    assert "shown only once" in again


def test_what_has_ended_cannot_be_moved_or_answered(hers: Client, asked: Evidence) -> None:
    hers.post("/status/cancel/")
    for path in ("number", "time", "cancel", f"evidence/{asked.pk}"):
        assert hers.post(f"/status/{path}/", {"answer": "482913", "now": "1"})["Location"] == "/status/"
    assert Case.objects.get().state == CaseState.WITHDRAWN
    with pytest.raises(Denied):
        restoration.restore(case=Case.objects.get(), agent_id=asked.agent_id)


def test_nobody_is_told_to_hang_up_while_the_agent_of_a_decided_case_is_still_talking(
    desk: Desk, hers: Client
) -> None:
    desk.on_duty(desk.sato)
    case = desk.talking()
    changes.refuse(case=case, by=desk.sato.user.pk, reason="not_shown")
    during = page(hers)
    assert "You’re still on the phone with <bdi>Sato</bdi>" in during
    assert "hang up" not in during
    calls.hang_up(attempt=call_of(hers), agent_id=desk.sato.user.pk)
    assert "hang up" in page(hers)
