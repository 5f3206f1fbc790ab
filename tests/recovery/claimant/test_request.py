"""Asking for a call without signing in: what people see, what they may type, what nobody learns."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit.reading
from common import clock
from recovery.cases import changes
from recovery.claimant import wait_text
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.models import Callback, Case
from recovery.queue.estimator import Wait
from recovery.states import CallbackState, CaseState
from recovery.takeover import protect
from telephony import numbers
from tests.support.asking import walks_to
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db

FORM = "/help/taken-over/check/"
PAGES = ("", "email/", "number/", "time/", "check/")


def ask(browser: Client, path: str = FORM, **typed: Any) -> Any:
    typed = {
        "when": "now",
        "email": "hanako@example.jp",
        "number": "090-1234-5678",
        "language": "ja",
        **typed,
    }
    return browser.post(path, typed)


def text(response: Any) -> str:
    """What is on the page, without the token that is new each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())


def test_hanako_finds_three_doors_and_no_sign_in(client: Client) -> None:
    page = client.get("/help/").content.decode()
    for door in ("taken-over", "lost-factor", "cant-sign-in"):
        assert f'href="/help/{door}/"' in page
        assert client.get(f"/help/{door}/").status_code == 200


def test_a_door_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.get("/help/free-money/").status_code == 404


def test_with_nobody_at_the_desk_the_page_says_so_and_promises_nothing(desk: Desk, client: Client) -> None:
    page = text(walks_to(client, "time/"))
    assert "nobody is available right now" in page
    assert "minute" not in page.replace("the next 7 days", "")


def test_with_a_free_agent_the_page_says_under_a_minute(desk: Desk, client: Client) -> None:
    desk.on_duty(desk.sato)
    assert "under 1 minute" in text(client.get("/help/"))
    assert "under 1 minute" in text(walks_to(client, "time/"))


def test_the_wait_is_told_for_each_language_where_it_differs(desk: Desk, client: Client) -> None:
    desk.on_duty(desk.alice)
    page = text(walks_to(client, "time/"))
    assert "under 1 minute" in page
    assert "nobody available" in page.split("日本語")[1]


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (Wait(0, 1, 0.95), "under 1 minute"),
        (Wait(1, 2, 0.95), "about 1 to 2 minutes"),
        (Wait(20, 40, 0.95), "about 20 to 40 minutes"),
        (Wait(40, 60, 0.95), "about an hour"),
        (Wait(60, None, 0.9), "more than an hour"),
    ],
)
def test_a_wait_is_told_in_coarse_words(wait: Wait, words: str) -> None:
    assert wait_text.in_words(wait) == words


def test_hanako_asks_in_full_width_and_is_in_line(client: Client) -> None:
    answer = ask(client, email=" Ｈanako＠Example.jp ", number="０９０－１２３４－５６７８")
    assert (answer.status_code, answer["Location"]) == (302, "/status/")
    case = Case.objects.get()
    assert (case.email, case.category, case.zone) == ("hanako@example.jp", "taken_over", "Asia/Tokyo")
    assert (case.callback.number, case.callback.language) == (NUMBER, "ja")
    assert client.get("/status/").status_code == 200


def test_her_browser_alone_holds_the_key_and_scripts_cannot_read_it(client: Client) -> None:
    cookie = ask(client).cookies[CAPABILITY_COOKIE]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", "/", 7 * 24 * 3600)
    assert len(cookie.value) >= 43
    assert cookie.value not in Case.objects.get().capability


def test_nobody_learns_from_the_answer_or_the_page_whether_an_account_exists(desk: Desk) -> None:
    seen = []
    for email, number in (("hanako@example.jp", "090-1234-5678"), ("nobody@example.jp", "090-1234-5679")):
        browser = Client()
        with CaptureQueriesContext(connection) as spent:
            answer = ask(browser, email=email, number=number, language="en")
        case = Case.objects.get(email=email)
        first = own_words_out(text(browser.get("/status/")), case)
        protect.protect(case_id=case.pk)
        then = own_words_out(text(browser.get("/status/")), case)
        seen.append((answer.status_code, answer["Location"], len(spent), first, then))
        changes.withdraw(case=case)
    assert seen[0] == seen[1]


def own_words_out(page: str, case: Case) -> str:
    """The page without what is random or was typed, nor the minute of now in the field of a time."""
    page = re.sub(r' (?:min|max)="[^"]+"', "", page)
    words = [f"<b>{word}</b>" for word in case.callback.words.split()]  # one of them may be "button"
    for own in (*words, case.reference, numbers.pretty(case.callback.number, "JP")):
        page = page.replace(own, "-")
    return page


def test_the_account_is_not_even_looked_at_before_the_answer_is_sent(desk: Desk, client: Client) -> None:
    with CaptureQueriesContext(connection) as spent:
        ask(client)
    assert not [one for one in spent if "accounts_" in one["sql"]]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": ""}, "Enter the e-mail address"),
        ({"email": "hanako"}, "Enter an e-mail address with an @"),
        ({"number": ""}, "Enter the phone number"),
        ({"number": "110"}, "Enter a phone number, for example"),
        ({"number": "+1 876 555 0123"}, "We can’t call numbers in this country yet"),
        ({"when": "later"}, "Choose a day and time."),
        ({"when": "later", "due_at": "tomorrow"}, "Choose a day and time."),
        ({"when": "later", "due_at": "2020-01-01T10:00"}, "This time has passed"),
        ({"when": "later", "due_at": "2099-01-01T10:00"}, "within the next 7 days"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    client: Client, typed: dict[str, str], said: str
) -> None:
    answer = ask(client, **{"email": "hanako@example.jp", **typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert 'role="alert"' in page
    if "email" not in typed:
        assert 'value="hanako@example.jp"' in text(client.get("/help/taken-over/email/"))
    assert not Case.objects.exists()


def test_a_time_is_meant_in_the_zone_of_the_browser(client: Client) -> None:
    client.cookies["tz"] = "Europe/Berlin"
    with timezone.override("Europe/Berlin"):
        chosen = timezone.localtime(clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    assert ask(client, when="later", due_at=f"{chosen:%Y-%m-%dT%H:%M}").status_code == 302
    case = Case.objects.get()
    assert case.callback.due_at == case.callback.chosen_at == chosen
    assert case.zone == "Europe/Berlin"
    assert "CE" in client.get("/status/").content.decode()


def test_a_zone_that_does_not_exist_is_not_believed(client: Client) -> None:
    client.cookies["tz"] = "Moon/Tranquility"
    ask(client)
    assert Case.objects.get().zone == "Asia/Tokyo"


def test_a_time_left_in_the_form_does_not_matter_when_she_presses_call_me_now(client: Client) -> None:
    assert ask(client, when="now", due_at="2020-01-01T10:00").status_code == 302
    assert Case.objects.get().callback.due_at <= clock.now()


def test_a_second_click_changes_nothing(client: Client) -> None:
    ask(client)
    before = Callback.objects.get()
    assert ask(client)["Location"] == "/status/"
    after = Callback.objects.get()
    assert (after.pk, after.due_at, after.words) == (before.pk, before.due_at, before.words)


def test_a_corrected_number_keeps_her_place_and_only_it_is_called(client: Client) -> None:
    ask(client, number="090-1234-5670")
    asked_at = Callback.objects.get().asked_at
    ask(client, number="090-1234-5678")
    kept = Callback.objects.get(state=CallbackState.WAITING)
    assert (kept.number, kept.asked_at) == (NUMBER, asked_at)
    assert Case.objects.get(callback=kept).is_open
    assert Callback.objects.exclude(pk=kept.pk).get().state == CallbackState.CANCELLED


def test_a_corrected_address_takes_the_place_of_the_mistyped_one(client: Client) -> None:
    ask(client, email="hanoko@example.jp")
    ask(client)
    assert Case.objects.get(state=CaseState.WAITING).email == "hanako@example.jp"
    assert Case.objects.get(state=CaseState.SUPERSEDED).email == "hanoko@example.jp"


def test_who_was_to_be_called_tomorrow_and_now_says_now_is_called_now(client: Client) -> None:
    with timezone.override("Asia/Tokyo"):
        tomorrow = timezone.localtime(clock.now() + timedelta(days=1))
    ask(client, when="later", due_at=f"{tomorrow:%Y-%m-%dT%H:%M}")
    ask(client)
    assert Callback.objects.get(state=CallbackState.WAITING).due_at <= clock.now()


def test_while_an_agent_has_her_case_asking_again_leads_to_its_page(desk: Desk, client: Client) -> None:
    ask(client)
    protect.protect(case_id=Case.objects.get().pk)
    desk.on_duty(desk.sato)
    desk.accepted()
    assert ask(client, email="other@example.jp")["Location"] == "/status/"
    assert "An agent is already working on your request" in client.get("/status/").content.decode()
    assert Case.objects.count() == 1


def test_the_help_page_reminds_her_of_the_call_that_she_asked_for(client: Client) -> None:
    assert "You’ve already asked for a call" not in client.get("/help/").content.decode()
    ask(client)
    assert "You’ve already asked for a call" in client.get("/help/").content.decode()
    assert "You’ve already asked for a call" in client.get("/help/taken-over/").content.decode()


@pytest.mark.parametrize("email", ["hanako@example.jp", "nobody@example.jp"])
def test_asking_again_and_again_is_answered_alike_and_never_refused(
    desk: Desk, client: Client, email: str
) -> None:
    answers = [ask(Client(), email=email) for _ in range(12)]
    assert [one.status_code for one in answers[:3]] == [302] * 3
    assert answers[-1].status_code == 200
    assert "Please wait a moment" in answers[-1].content.decode()
    assert f'value="{email}"' in answers[-1].content.decode()
    assert CAPABILITY_COOKIE not in answers[-1].cookies


def test_the_trail_says_that_a_case_was_opened_and_nothing_of_what_was_typed(client: Client) -> None:
    ask(client)
    event = audit.reading.of_case(Case.objects.get().pk)[0]
    assert event.action == "case.opened"
    assert event.details == {"category": "taken_over", "noticed": [], "began": "unknown"}


def test_another_site_cannot_ask_in_her_name() -> None:
    assert ask(Client(enforce_csrf_checks=True)).status_code == 403
