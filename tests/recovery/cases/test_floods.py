"""Nobody can switch recovery off: whatever strangers ask for, from one network or sixty, Hanako is called."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as Stored

from audit.models import Event
from common import clock
from recovery.calls import services as calls
from recovery.cases import changes
from recovery.evidence import services as evidence
from recovery.models import Callback, Case
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, wait
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState
from recovery.takeover import protect
from tests.recovery.cases.claimants import HER_NETWORK, Claimant, any_number, crowd, protect_all, stranger
from tests.support import people
from tests.support.desk_scenario import Desk

pytestmark = pytest.mark.django_db


def six_requests_an_hour_with_her_email(desk: Desk) -> None:
    for hour in range(3):
        for count in range(6):
            one = Claimant("145.100.1.7", clock.now() - timedelta(hours=2 - hour))
            one.asks(number=any_number(count))


def a_flood_from_sixty_networks(desk: Desk) -> None:
    for network in range(60):
        for count in range(6):
            stranger(network).asks(f"nobody{network}@example.com", any_number(10 * network + count))


def a_flood_of_sixty_networks_with_many_hosts(desk: Desk) -> None:
    """No host asks twice, but each /24 asks for more than a household."""
    for network in range(12):
        for host in range(20):
            stranger(network, host).asks(f"n{network}h{host}@example.com", any_number(20 * network + host))


def a_flood_from_one_customer_of_ipv6(desk: Desk) -> None:
    for subnet in range(30):
        one = Claimant(f"2001:db8:77:{subnet:x}::{subnet + 1:x}")
        one.asks(f"nobody{subnet}@example.com", any_number(subnet))


def her_email_from_sixty_networks(desk: Desk) -> None:
    for network in range(60):
        stranger(network).asks(number=any_number(network))


def her_email_and_number_from_sixty_networks(desk: Desk) -> None:
    for network in range(60):
        stranger(network).asks()


def her_neighbours_use_her_network_up(desk: Desk) -> None:
    for host in range(20, 50):
        Claimant(f"{HER_NETWORK}.{host}").asks(f"nobody{host}@example.com", any_number(host))


def a_stranger_has_her_number_called_in_vain(desk: Desk) -> None:
    """And lets it ring until nobody may be bothered any more."""
    for count in range(3):
        thief = stranger(count)
        case = thief.gets_in_line(email=f"other{count}@example.com")
        protect.protect(case_id=case.pk)
        with clock.pretend(clock.now() - timedelta(minutes=5 * (3 - count))):
            Callback.objects.filter(pk=case.callback.pk).update(state="assigned", agent=desk.sato.user)
            Case.objects.filter(pk=case.pk).update(
                state="working", agent=desk.sato.user, worked_by=[desk.sato.user.pk]
            )
            attempt = calls.place(case=Case.objects.get(pk=case.pk), agent_id=desk.sato.user.pk)
            calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER)


ATTACKS: list[Callable[[Desk], None]] = [
    six_requests_an_hour_with_her_email,
    a_flood_from_sixty_networks,
    a_flood_of_sixty_networks_with_many_hosts,
    a_flood_from_one_customer_of_ipv6,
    her_email_from_sixty_networks,
    her_email_and_number_from_sixty_networks,
    her_neighbours_use_her_network_up,
    a_stranger_has_her_number_called_in_vain,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_strangers_ask_for_she_is_called_next_and_her_page_is_hers(
    attack: Callable[[Desk], None], desk: Desk
) -> None:
    attack(desk)
    her = Claimant(people.HOME.address)
    case = her.gets_in_line()
    with clock.pretend(her.at):
        she_is_called_and_shows_her_evidence(her, case, desk)


def she_is_called_and_shows_her_evidence(her: Claimant, case: Case, desk: Desk) -> None:
    agent = desk.sato.user.pk
    protect_all()
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    offer = queue_selectors.offer_to(agent)
    assert offer is not None
    assert offer.case_id == case.pk

    attempt = desk.calls(offers.accept(agent_id=agent, callback_id=offer.pk))
    calls.answered(attempt=attempt, agent_id=agent)
    for shown in (*attempt.words.split(), " ".join(attempt.read_out)):
        assert shown in her.page
    assert calls.confirm_read_out(attempt=attempt, agent_id=agent, typed=attempt.read_out)
    for method, typed in (
        (Method.TOTP, desk.hanako.code()),
        (Method.RECOVERY_CODE, desk.hanako.recovery_codes[0]),
    ):
        asked = evidence.ask(case=case, agent_id=agent, method=method)
        assert her.post(f"/status/evidence/{asked.pk}/", {"answer": typed}).status_code == 302


@pytest.mark.parametrize("attack", [a_flood_from_sixty_networks, a_flood_from_one_customer_of_ipv6])
def test_an_honest_claimant_elsewhere_on_a_new_phone_is_called_as_if_nothing_were(
    attack: Callable[[Desk], None], desk: Desk
) -> None:
    attack(desk)
    honest = Claimant("203.0.113.5")
    answer = honest.asks("kenji@example.com", any_number(9999))
    assert answer.status_code == 302, "nothing more is asked of somebody whose network is calm"
    protect_all()
    assert wait.of(honest.case.callback).ahead == 0
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.sato.user.pk) == honest.case.callback


def test_what_she_asked_for_before_the_flood_stays_before_it(desk: Desk) -> None:
    her = Claimant("203.0.113.5")
    case = her.gets_in_line()
    a_flood_from_sixty_networks(desk)
    protect_all()
    assert queue_selectors.line().first() == case.callback
    assert wait.of(Callback.objects.get(case=case)).ahead == 0


# What is written


def test_clicks_on_call_now_that_change_nothing_write_nothing(desk: Desk) -> None:
    her = Claimant(people.HOME.address)
    her.gets_in_line()
    before = Event.objects.count()
    for _ in range(150):
        assert her.post("/status/time/", {"now": "1"}).status_code == 302
    assert Event.objects.count() == before


def test_moving_the_call_to_and_fro_is_bounded(desk: Desk) -> None:
    her = Claimant(people.HOME.address)
    her.gets_in_line()
    before = Event.objects.count()
    for count in range(40):
        due = (clock.now() + timedelta(hours=20, minutes=count)).strftime("%Y-%m-%dT%H:%M")
        her.post("/status/time/", {"due_at": due})
    assert Event.objects.count() - before <= changes.CHANGES_AN_HOUR
    assert "Too many attempts" in her.page


def test_requests_that_are_only_asked_to_wait_write_nothing(desk: Desk) -> None:
    crowd()
    before = (Event.objects.count(), Case.objects.count(), Stored.objects.count())
    crowd()
    assert (Event.objects.count(), Case.objects.count(), Stored.objects.count()) == before
