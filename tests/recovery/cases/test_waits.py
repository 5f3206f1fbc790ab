"""In a crowded network a request waits for a moment, or goes by a link in a mail."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import KnownBrowser
from common import clock, codes, encryption
from notifications.models import Delivery
from recovery.cases import admission
from recovery.models import Case
from tests.recovery.cases.claimants import (
    FORM,
    HER_NETWORK,
    HIDDEN,
    Claimant,
    any_number,
    crowd,
    protect_all,
    stranger,
)
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def test_in_a_crowded_network_the_page_says_why_and_keeps_what_was_typed(desk: Desk) -> None:
    crowd()
    one = Claimant("145.100.1.7")
    later = f"{clock.now() + timedelta(days=2):%Y-%m-%dT10:30}"
    page = one.asks("Max@Example.com", "090-1111-2222", when="later", due_at=later)
    html = page.content.decode()
    assert page.status_code == 200
    assert "We’re getting many requests from your network" in html
    typed = dict(HIDDEN.findall(html))
    assert typed["email"] == "Max@Example.com"
    assert typed["number"] == "090-1111-2222"
    assert (typed["when"], typed["due_at"], typed["language"]) == ("later", later, "ja")
    assert not Case.objects.filter(email="max@example.com").exists()


def test_pressed_too_early_it_says_how_long_is_left_and_nothing_is_lost(desk: Desk) -> None:
    crowd()
    one = Claimant("145.100.1.7")
    early = one.waits_and_asks(one.asks("max@example.com", any_number(77)), seconds=5)
    assert early.status_code == 200
    assert "That was a little early" in early.content.decode()
    assert one.waits_and_asks(early, seconds=admission.WAIT_SECONDS - 5).status_code == 302
    assert one.case.email == "max@example.com"


def test_what_was_typed_can_be_changed_from_there(desk: Desk) -> None:
    crowd()
    one = Claimant("145.100.1.7")
    typed = dict(HIDDEN.findall(one.asks("max@example.com", "090-1111-2222").content.decode()))
    assert one.post(FORM, {**typed, "change": "1"})["Location"] == FORM
    assert 'value="090-1111-2222"' in one.client.get(FORM).content.decode()


def test_a_wait_counts_for_one_request_and_for_what_was_typed(desk: Desk) -> None:
    crowd()
    one = Claimant("145.100.1.7")
    typed = dict(HIDDEN.findall(one.asks("max@example.com", any_number(77)).content.decode()))
    one.at += timedelta(seconds=admission.WAIT_SECONDS)
    assert one.post(FORM, {**typed, "email": "other@example.com"}).status_code == 200
    assert one.post(FORM, typed).status_code == 302
    again = Claimant("145.100.1.7", one.at)
    assert again.post(FORM, typed).status_code == 200, "the same ticket does not open a second request"


@pytest.mark.parametrize("ticket", ["x", "", "eyJhdCI6MH0:abc", "\x00", "é" * 300])
def test_an_invented_ticket_is_worth_nothing(desk: Desk, ticket: str) -> None:
    crowd()
    assert Claimant("145.100.1.7").asks("max@example.com", any_number(77), ticket=ticket).status_code == 200


def test_who_waits_again_and_again_is_called_after_those_who_waited_once(desk: Desk) -> None:
    crowd()
    greedy = [Claimant("145.100.1.7").gets_in_line(email=f"g{n}@example.com", number=any_number(n + 90))
              for n in range(7)]  # fmt: skip
    honest = Claimant("145.100.1.44").gets_in_line(email="max@example.com", number=any_number(300))
    protect_all()
    lanes = [one.callback.lane for one in greedy]
    assert lanes == sorted(lanes)
    assert honest.callback.lane < lanes[-1]


def test_a_browser_in_which_somebody_signed_in_long_ago_is_spared_the_wait(desk: Desk) -> None:
    crowd(HER_NETWORK)
    her = Claimant(f"{HER_NETWORK}.7")
    assert her.asks().status_code == 200
    token = codes.token()
    KnownBrowser.objects.create(
        user=desk.hanako.user,
        digest=codes.fingerprint(token),
        first_seen_at=clock.now() - timedelta(days=5),
    )
    her.client.cookies["browser"] = token
    assert her.asks().status_code == 302
    assert her.case.callback.lane == 0


def test_the_browser_of_somebody_else_is_not_spared_it_for_her_account(desk: Desk) -> None:
    """Else whoever has an account for some days could ask for a hundred others at the head of the line."""
    crowd(HER_NETWORK)
    token = codes.token()
    KnownBrowser.objects.create(
        user=desk.alice.user, digest=codes.fingerprint(token), first_seen_at=clock.now() - timedelta(days=5)
    )
    thief = Claimant(f"{HER_NETWORK}.7")
    thief.client.cookies["browser"] = token
    assert thief.asks().status_code == 200


def test_the_thiefs_new_browser_is_not_spared_it(desk: Desk) -> None:
    crowd(HER_NETWORK)
    token = codes.token()
    KnownBrowser.objects.create(
        user=desk.hanako.user,
        digest=codes.fingerprint(token),
        first_seen_at=clock.now() - timedelta(minutes=20),
    )
    thief = Claimant(f"{HER_NETWORK}.7")
    thief.client.cookies["browser"] = token
    assert thief.asks().status_code == 200


def test_the_answer_does_not_depend_on_whose_account_is_named(desk: Desk) -> None:
    """N4: that she has asked changes nothing that a stranger gets to see."""
    her = Claimant(people.HOME.address)
    for count in range(3):
        her.asks(number=any_number(count))

    def answers(email: str, network: int) -> list[int]:
        return [stranger(network).asks(email, any_number(50 + count)).status_code for count in range(3)]

    assert answers("hanako@example.jp", 1) == answers("nobody@example.com", 2) == [302] * 3


def test_an_address_that_nobody_knows_does_not_put_everybody_into_one_network(desk: Desk) -> None:
    for count in range(40):
        one = Claimant("unknown")
        assert one.asks(f"nobody{count}@example.com", any_number(count)).status_code == 302


# The link in place of the wait


def link_mailed_to(address: str) -> str:
    mail = Delivery.objects.filter(address=address, message="call_confirm").latest("pk")
    assert mail.params is not None
    return str(encryption.unseal(mail.params)["link"]["$link"]).removeprefix("http://localhost:8000")


def opens(one: Claimant, link: str) -> str:
    """The address of the page that the link leads to."""
    answer = one.client.get(link)
    assert answer.status_code == 302
    return str(answer["Location"])


def asks_by_mail(one: Claimant, email: str = "max@example.com", **typed: str) -> Any:
    page = one.asks(email, any_number(77), **typed)
    return one.post(FORM, {**dict(HIDDEN.findall(page.content.decode())), "mail": "1"})


def test_who_reads_the_mailbox_needs_no_wait(desk: Desk) -> None:
    crowd()
    one = Claimant("145.100.1.7")
    sent = asks_by_mail(one)
    assert sent.status_code == 200
    assert "max@example.com" in sent.content.decode()
    phone = Claimant("203.0.113.5")
    page = opens(phone, link_mailed_to("max@example.com"))
    assert "+81 90 •••• " in phone.client.get(page).content.decode()
    assert not Case.objects.filter(email="max@example.com").exists(), "opening the link asks for nothing"
    assert phone.post(page, {}).status_code == 302
    assert (phone.case.email, phone.case.callback.number) == ("max@example.com", any_number(77))
    assert phone.case.callback.lane == 1


def test_the_link_asks_once(desk: Desk) -> None:
    crowd()
    asks_by_mail(Claimant("145.100.1.7"))
    link = link_mailed_to("max@example.com")
    first, second = Claimant("203.0.113.5"), Claimant("203.0.113.6")
    pages = [opens(one, link) for one in (first, second)]
    assert first.post(pages[0], {}).status_code == 302
    refused = second.post(pages[1], {})
    assert refused.status_code == 422
    assert "This link has already been used" in refused.content.decode()
    assert Case.objects.filter(email="max@example.com").count() == 1


def test_the_link_works_for_an_hour(desk: Desk) -> None:
    crowd()
    asks_by_mail(Claimant("145.100.1.7"))
    late = Claimant("203.0.113.5")
    with clock.pretend(clock.now() + timedelta(minutes=61)):
        assert late.client.get(link_mailed_to("max@example.com")).status_code == 422
    assert late.client.get("/help/link/nonsense/").status_code == 422
    assert late.client.get("/help/confirm/").status_code == 422


def test_a_time_that_was_chosen_is_kept_by_the_link(desk: Desk) -> None:
    crowd()
    due = (timezone.localtime(clock.now()) + timedelta(days=1)).replace(hour=10, minute=30, second=0)
    asks_by_mail(Claimant("145.100.1.7"), when="later", due_at=f"{due:%Y-%m-%dT%H:%M}", zone="Asia/Tokyo")
    one = Claimant("203.0.113.5")
    one.post(opens(one, link_mailed_to("max@example.com")), {})
    assert timezone.localtime(one.case.callback.due_at, ZoneInfo("Asia/Tokyo")).strftime("%H:%M") == "10:30"


def test_a_mailbox_is_not_flooded_with_such_links(desk: Desk) -> None:
    crowd()
    answers = {asks_by_mail(Claimant("145.100.1.7")).status_code for _ in range(12)}
    assert answers == {200}
    assert Delivery.objects.filter(message="call_confirm").count() == admission.LINKS_AN_HOUR
