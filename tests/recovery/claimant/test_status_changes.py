"""What she can change on her page: the number, the time, and whether we call at all."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from common import clock
from recovery.models import Callback, Case
from recovery.states import AttemptState, CallbackState, CaseState
from tests.recovery.claimant.status_page import call_of, headline, page
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db


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
