"""Suzuki, an admin, follows an event of the trail to its case: she says why and reads it, no more."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

import audit.reading
from audit.reading import Entry
from common import clock
from recovery.cases import changes
from recovery.models import Case
from tests.support import desk_scenario, people
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor

pytestmark = pytest.mark.django_db
REASON = "The claimant has complained."


@pytest.fixture
def desk() -> Desk:
    return desk_scenario.build(language="en")


@pytest.fixture
def admin(desk: Desk) -> Visitor:
    suzuki = people.join(
        email="suzuki@orikaeshi.example",
        name="Suzuki",
        place=people.OSAKA,
        at=clock.now() - timedelta(weeks=3),
        role="admin",
        language="en",
    )
    return Visitor(people.OSAKA).signs_in(suzuki)


def reads(case: Case) -> list[Entry]:
    return [one for one in audit.reading.of_case(case.pk) if one.action == "case.read"]


def opened(admin: Visitor, case: Case) -> str:
    admin.post("trail_case", case.pk, reason=REASON)
    answer = admin.get("trail_case", case.pk)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_event_leads_to_its_case_which_asks_why(desk: Desk, admin: Visitor) -> None:
    case, _ = desk.asks()
    event = admin.get("audit:event", audit.reading.of_case(case.pk)[0].cursor).content.decode()
    assert reverse("trail_case", args=[case.pk]) in event
    page = admin.get("trail_case", case.pk).content.decode()
    assert f"Why do you want to view {case.reference}?" in page
    assert reads(case) == []
    assert admin.post("trail_case", case.pk, reason=" ").status_code == 422


def test_the_reason_is_in_the_trail_of_the_case_and_of_the_account(desk: Desk, admin: Visitor) -> None:
    case, _ = desk.asks()
    opened(admin, case)
    (read,) = reads(case)
    assert read.details == {"reason": REASON}
    about = audit.reading.of_account(
        desk.hanako.user.pk, clock.now() - timedelta(hours=1), actions=["account.read"]
    )
    assert [one.details["reason"] for one in about] == [REASON]


def test_before_the_code_was_read_out_it_shows_no_more_than_to_a_supervisor(
    desk: Desk, admin: Visitor
) -> None:
    case, _ = desk.asks()
    page = opened(admin, case)
    assert "Before the code is confirmed" in page
    assert "Hanako Mori" not in page


def test_after_it_was_read_out_the_account_is_shown_and_there_is_nothing_to_press(
    desk: Desk, admin: Visitor
) -> None:
    desk.asks()
    desk.on_duty(desk.sato)
    case = desk.talking()
    changes.add_note(case=case, by=desk.sato.user.pk, text="She sounds calm.")
    page = opened(admin, case)
    assert "Hanako Mori" in page
    assert "She sounds calm." in page
    actions = set(re.findall(r'<form[^>]*action="([^"]*)"', page))
    assert not {one for one in actions if one.startswith(("/desk/", "/board/"))}
    assert "htmx-2" not in page, "nothing asks the desk for news"


def test_a_closed_case_opens_too(desk: Desk, admin: Visitor) -> None:
    case, _ = desk.asks()
    changes.withdraw(case=case)
    assert "View only." in opened(admin, case)


def test_after_fifteen_minutes_and_in_another_session_she_is_asked_again(desk: Desk, admin: Visitor) -> None:
    case, _ = desk.asks()
    opened(admin, case)
    admin.wait(minutes=16)
    assert "Why do you want to view" in admin.get("trail_case", case.pk).content.decode()


def test_a_case_that_is_none_is_not_there(admin: Visitor) -> None:
    assert admin.get("trail_case", 987654321).status_code == 404
    assert admin.post("trail_case", 987654321, reason=REASON).status_code == 404
