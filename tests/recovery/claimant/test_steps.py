"""One question a page: what she has answered is kept, in any order, and nowhere but in her browser."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common import clock
from recovery.claimant import draft
from recovery.models import Callback, Case
from tests.support.asking import ANSWERS, walks_to

pytestmark = pytest.mark.django_db

DOOR = "/help/taken-over/"
CHECK = DOOR + "check/"


def hidden(page: Any) -> dict[str, Any]:
    """What the last page sends."""
    typed: dict[str, Any] = {}
    for name, value in page.context["typed"]:
        typed.setdefault(name, []).append(value)
    return typed


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_each_page_asks_one_thing_and_says_how_far_she_is(client: Client) -> None:
    assert "Step 1 of 5" in text(client.get("/help/"))
    for number, page in enumerate(("", "email/", "number/", "time/"), 2):
        shown = text(walks_to(client, page))
        assert f"Step {number} of 5" in shown
        assert shown.count("<h1>") == 1
    assert "Step" not in text(walks_to(client, "check/")).split("<main")[1]


def test_the_last_page_shows_all_that_she_said_and_only_its_button_asks(client: Client) -> None:
    page = walks_to(
        client, "check/", noticed=["email_changed"], since="days", said="Orders that are not mine."
    )
    shown = text(page)
    for said in (
        *("My account was taken over", "My e-mail address was changed", "In the last few days"),
        *("Orders that are not mine.", "hanako@example.jp", "090-1234-5678", "As soon as possible", "日本語"),
    ):
        assert said in shown
    assert not Case.objects.exists()
    assert client.post(CHECK, hidden(page))["Location"] == "/status/"
    case = Case.objects.get()
    assert (case.noticed, case.since, case.said) == (["email_changed"], "days", "Orders that are not mine.")
    assert (case.email, case.callback.number) == ("hanako@example.jp", "+819012345678")
    assert (case.callback.language, case.category) == ("ja", "taken_over")


def test_change_leads_to_one_page_and_straight_back(client: Client) -> None:
    page = text(walks_to(client, "check/"))
    for each in ("", "email/", "number/", "time/"):
        assert f'href="{DOOR}{each}"' in page
    assert 'value="hanako@example.jp"' in text(client.get(DOOR + "email/"))
    assert client.post(DOOR + "email/", {"email": "h@example.jp"})["Location"] == CHECK
    page = text(client.get(CHECK))
    assert "h@example.jp" in page
    assert "090-1234-5678" in page


def test_the_way_back_shows_what_was_typed_and_loses_nothing_that_came_after(client: Client) -> None:
    walks_to(client, "time/", since="longer", said="A night without sleep.")
    back = text(client.get(DOOR))
    assert 'value="longer" checked' in back
    assert "A night without sleep." in back
    assert client.post(DOOR, {"since": "today"})["Location"] == DOOR + "time/"
    assert 'value="090-1234-5678"' in text(client.get(DOOR + "number/"))


def test_what_she_ticks_off_again_is_off(client: Client) -> None:
    walks_to(client, "email/", noticed=["not_mine", "email_changed"])
    client.post(DOOR, {"since": "today", "said": ""})
    assert "checked" not in text(client.get(DOOR)).split('id="id_since"')[0]


@pytest.mark.parametrize("later", ["email/", "number/", "time/", "check/"])
def test_a_later_page_leads_to_the_first_that_is_not_answered(client: Client, later: str) -> None:
    assert client.get(DOOR + later)["Location"] == DOOR
    client.post(DOOR, ANSWERS[""])
    if later != "email/":
        assert client.get(DOOR + later)["Location"] == DOOR + "email/"


def test_an_answer_to_a_later_page_is_kept_until_the_earlier_ones_are_given(client: Client) -> None:
    """As when her half hour is over while she types."""
    assert client.post(DOOR + "number/", {"number": "090-1234-5678"})["Location"] == DOOR
    client.post(DOOR, ANSWERS[""])
    assert client.post(DOOR + "email/", ANSWERS["email/"])["Location"] == DOOR + "time/"


def test_a_page_or_a_door_that_does_not_exist_is_not_found(client: Client) -> None:
    for path in ("/help/taken-over/password/", "/help/taken-over/noticed/", "/help/free-money/email/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert client.get("/help/free-money/check/").status_code == 404


def test_another_door_asks_once_more_what_happened_and_keeps_the_rest(client: Client) -> None:
    walks_to(client, "check/", said="A night without sleep.")
    assert client.get("/help/lost-factor/check/")["Location"] == "/help/lost-factor/"
    page = text(client.get("/help/lost-factor/"))
    assert 'value="lost_factor" checked' in page
    assert "A night without sleep." in page
    assert client.post("/help/lost-factor/", {"since": "today"})["Location"] == "/help/lost-factor/check/"
    assert "I lost my phone or authenticator app" in text(client.get("/help/lost-factor/check/"))


def test_what_is_wrong_stays_in_its_field_and_is_not_kept(client: Client) -> None:
    walks_to(client, "number/")
    answer = client.post(DOOR + "number/", {"number": "110"})
    assert answer.status_code == 422
    assert "<title> Error: Which number" in text(answer)
    assert 'href="#id_number"' in text(answer)
    assert 'value="110"' in text(answer)
    assert draft.COOKIE not in answer.cookies
    assert client.get(CHECK)["Location"] == DOOR + "number/"


def test_a_time_that_is_over_by_now_is_asked_again_in_words(client: Client) -> None:
    soon = timezone.localtime(clock.now() + timedelta(minutes=20), timezone=timezone.get_fixed_timezone(540))
    page = walks_to(client, "time/")
    later = {"when": "later", "zone": "Asia/Tokyo", "due_at": f"{soon:%Y-%m-%dT%H:%M}", "language": "ja"}
    assert client.post(DOOR + "time/", later)["Location"] == CHECK
    page = client.get(CHECK)
    assert f"{soon:%H:%M} JST" in text(page)
    with clock.pretend(clock.now() + timedelta(minutes=25)):
        assert client.get(CHECK)["Location"] == DOOR + "time/"
        assert "This time has passed" in text(client.get(DOOR + "time/"))
        late = client.post(CHECK, hidden(page))
        assert (late.status_code, "This time has passed" in text(late)) == (422, True)
        client.post(DOOR + "time/", ANSWERS["time/"])
        assert "090-1234-5678" in text(client.get(CHECK))


def test_two_tabs_send_what_each_of_them_shows(client: Client) -> None:
    first = walks_to(client, "check/")
    client.post(DOOR + "email/", {"email": "mother@example.jp"})
    second = client.get(CHECK)
    client.post(CHECK, hidden(first))
    assert Case.objects.get().email == "hanako@example.jp"
    client.post(CHECK, hidden(second))
    assert Case.objects.latest("pk").email == "mother@example.jp"


def test_a_double_click_asks_once_and_afterwards_the_browser_has_forgotten(client: Client) -> None:
    page = walks_to(client, "check/")
    for _click in range(2):
        assert client.post(CHECK, hidden(page))["Location"] == "/status/"
    assert Callback.objects.count() == 1
    assert not client.cookies[draft.COOKIE].value
    assert "hanako@example.jp" not in text(client.get(DOOR))


def test_who_needs_more_than_half_an_hour_at_the_end_loses_nothing(client: Client) -> None:
    page = walks_to(client, "check/")
    with clock.pretend(clock.now() + timedelta(hours=3)):
        assert client.get(CHECK)["Location"] == DOOR
        assert client.post(CHECK, hidden(page))["Location"] == "/status/"


# Where it is kept


def test_it_is_in_no_address_and_no_row_and_nobody_can_read_the_cookie(client: Client) -> None:
    with CaptureQueriesContext(connection) as spent:
        page = walks_to(client, "number/")
    assert len(spent) == 0
    assert page.request["QUERY_STRING"] == ""
    cookie = client.cookies[draft.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 1800)
    assert "hanako" not in cookie.value


def test_the_longest_answers_fit_into_a_cookie(client: Client) -> None:
    pick = random.Random(7)
    said = "".join(chr(pick.randrange(0x20000, 0x2A6DF)) for _ in range(500))
    email = "a" * 60 + "@" + ".".join(["a" * 60] * 3) + ".jp"
    walks_to(client, "number/", noticed=["not_mine", "email_changed", "lost_factor"], said=said, email=email)
    assert len(client.cookies[draft.COOKIE].OutputString()) < 4096
    assert said in text(client.get(DOOR))


@pytest.mark.parametrize("value", ["x", "gAAAAA", "\xe9", '"\\000"', "a" * 4000])
def test_a_cookie_of_somebody_else_is_as_none(client: Client, value: str) -> None:
    client.cookies[draft.COOKIE] = value
    assert client.get(CHECK)["Location"] == DOOR
    assert client.post(DOOR + "email/", ANSWERS["email/"])["Location"] == DOOR


def test_it_asks_for_no_more_than_half_an_hour(client: Client) -> None:
    walks_to(client, "check/")
    with clock.pretend(clock.now() + timedelta(minutes=31)):
        assert client.get(CHECK)["Location"] == DOOR
        assert "hanako" not in text(client.get(DOOR + "email/", follow=True))


@pytest.mark.parametrize("typed", ["\x00", "\udcff".encode("utf-8", "surrogatepass"), "a" * 3000, "<b>"])
@pytest.mark.parametrize("step", ["", "email/", "number/", "time/", "check/"])
def test_odd_text_in_any_field_is_answered(client: Client, step: str, typed: Any) -> None:
    names = ("noticed", "since", "said", "email", "number", "when", "due_at", "zone", "reading", "language")
    answer = client.post(DOOR + step, dict.fromkeys(names, typed))
    assert answer.status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize("step", ["", "email/", "number/", "time/", "check/"])
def test_a_head_is_answered_as_a_get_and_another_method_is_refused(client: Client, step: str) -> None:
    assert client.head(DOOR + step).status_code == client.get(DOOR + step).status_code
    assert client.put(DOOR + step).status_code == 405


def test_a_form_of_before_a_sign_in_elsewhere_keeps_its_answer(client: Client) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get(DOOR + "email/", follow=True)
    browser.cookies["csrf"] = "a" * 32  # another tab has signed in
    origin = {"Origin": "http://testserver"}
    refused = browser.post(DOOR + "email/", ANSWERS["email/"], headers=origin)
    assert refused.status_code == 403
    assert 'name="email" value="hanako@example.jp"' in text(refused)


def test_in_japanese_every_page_is_in_japanese(client: Client) -> None:
    client.cookies["language"] = "ja"
    for step in ANSWERS:
        shown = text(walks_to(client, step)).split("<main")[1].split("</main>")[0]
        assert "Continue" not in shown
        assert "Change" not in shown
    assert 'value="ja" checked' in text(client.get(DOOR + "time/"))
