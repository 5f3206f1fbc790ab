"""Nobody can switch recovery off: whatever strangers ask for, from one network or sixty, Hanako is called.

Strangers here have what strangers have: browsers and networks of their own, her e-mail, her number.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session as Stored
from django.test import Client
from django.utils import timezone

from accounts.models import KnownBrowser
from audit.models import Event
from common import clock, codes, encryption
from devtools.cast import WINDOWS
from notifications.models import Delivery
from recovery.calls import services as calls
from recovery.cases import admission, changes
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.evidence import services as evidence
from recovery.models import CallAttempt, Callback, CallSpending, Case
from recovery.models.evidence import Method
from recovery.queue import dispatch, offers, shifts
from recovery.queue import selectors as queue_selectors
from recovery.queue import wait as outlook
from recovery.states import AttemptState, CallbackState, CaseState
from recovery.takeover import protect
from tests.support import people as life
from tests.support.desk_scenario import NUMBER, Desk

pytestmark = pytest.mark.django_db

FORM = "/help/taken-over/check/"
HER_NETWORK = "126.72.14"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Claimant:
    """A browser somewhere, that asks for a call and follows its page."""

    def __init__(self, address: str, at: Any = None) -> None:
        self.client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=WINDOWS)
        self.at = at or clock.now()

    def post(self, path: str, data: dict[str, str]) -> Any:
        with clock.pretend(self.at):
            return self.client.post(path, data)

    def asks(self, email: str = "hanako@example.jp", number: str = NUMBER, **more: str) -> Any:
        return self.post(FORM, {"when": "now", "email": email, "number": number, "language": "ja", **more})

    def waits_and_asks(self, page: Any, seconds: int = admission.WAIT_SECONDS) -> Any:
        """Does what the page between says: waits, and presses its button."""
        self.at += timedelta(seconds=seconds)
        return self.post(FORM, dict(HIDDEN.findall(page.content.decode())))

    def gets_in_line(self, **typed: str) -> Case:
        answer = self.asks(**typed)
        if answer.status_code == 200:
            answer = self.waits_and_asks(answer)
        assert answer.status_code == 302, answer.content.decode()
        return self.case

    @property
    def case(self) -> Case:
        key = codes.fingerprint(self.client.cookies[CAPABILITY_COOKIE].value)
        return Case.objects.select_related("callback").get(capability=key)

    @property
    def page(self) -> str:
        with clock.pretend(self.at):
            return str(self.client.get("/status/").content.decode())


def stranger(network: int, host: int = 7) -> Claimant:
    return Claimant(f"145.{100 + network // 200}.{network % 200}.{host}")


def any_number(count: int) -> str:
    return f"+8190{20_000_000 + 137 * count}"


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


def protect_all() -> None:
    for case_id in Case.objects.filter(protected_at=None).values_list("pk", flat=True):
        protect.protect(case_id=case_id)


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_strangers_ask_for_she_is_called_next_and_her_page_is_hers(
    attack: Callable[[Desk], None], desk: Desk
) -> None:
    attack(desk)
    her = Claimant(life.HOME.address)
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
    assert outlook.of(honest.case.callback).ahead == 0
    desk.on_duty(desk.sato)
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.sato.user.pk) == honest.case.callback


def test_what_she_asked_for_before_the_flood_stays_before_it(desk: Desk) -> None:
    her = Claimant("203.0.113.5")
    case = her.gets_in_line()
    a_flood_from_sixty_networks(desk)
    protect_all()
    assert queue_selectors.line().first() == case.callback
    assert outlook.of(Callback.objects.get(case=case)).ahead == 0


# The wait between


def crowd(network: str = "145.100.1") -> None:
    for count in range(30):
        Claimant(f"{network}.7").asks(f"nobody{count}@example.com", any_number(count))


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
    her = Claimant(life.HOME.address)
    for count in range(3):
        her.asks(number=any_number(count))

    def answers(email: str, network: int) -> list[int]:
        return [stranger(network).asks(email, any_number(50 + count)).status_code for count in range(3)]

    assert answers("hanako@example.jp", 1) == answers("nobody@example.com", 2) == [302] * 3


def test_an_address_that_nobody_knows_does_not_put_everybody_into_one_network(desk: Desk) -> None:
    for count in range(40):
        one = Claimant("unknown")
        assert one.asks(f"nobody{count}@example.com", any_number(count)).status_code == 302


# The same number from several browsers


@pytest.fixture
def two(desk: Desk) -> tuple[Claimant, Claimant]:
    """A stranger has asked about her account with her number; then she has."""
    thief, her = stranger(1), Claimant(life.HOME.address)
    thief.gets_in_line()
    her.gets_in_line()
    protect_all()
    desk.on_duty(desk.sato)
    return thief, her


def rings(desk: Desk) -> CallAttempt:
    dispatch.dispatch()
    offer = queue_selectors.offer_to(desk.sato.user.pk)
    assert offer is not None
    return desk.calls(offers.accept(agent_id=desk.sato.user.pk, callback_id=offer.pk))


def thiefs_call(desk: Desk, thief: Claimant) -> CallAttempt:
    """The stranger's request happens to be the one that the agent has taken."""
    case = offers.claim(agent_id=desk.sato.user.pk, callback_id=thief.case.callback.pk)
    attempt = desk.calls(case)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    return attempt


def code_on(page: str) -> str:
    found = re.search(r'<span class="visually-hidden">([\d ]+)</span>', page)
    assert found, page
    return found[1].replace(" ", "")


def test_both_requests_stay_and_each_page_has_words_and_a_code_of_its_own(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = thiefs_call(desk, thief)
    pages = [thief.page, her.page]
    assert all("You’re on the phone with Sato" in page for page in pages)
    assert code_on(pages[0]) != code_on(pages[1])
    assert attempt.words != her.case.callback.words
    for word in her.case.callback.words.split():
        assert word in pages[1]


def test_the_code_that_is_read_out_decides_which_page_is_hers(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = thiefs_call(desk, thief)
    words = her.case.callback.words
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))
    assert thief.case.state == CaseState.SUPERSEDED
    assert (her.case.state, her.case.agent) == (CaseState.WORKING, desk.sato.user)
    attempt.refresh_from_db()
    assert attempt.callback == her.case.callback
    assert attempt.words == words
    assert "You’re on the phone with Sato" in her.page
    assert "You’re on the phone with" not in thief.page
    assert desk.shows_app(her.case)
    told = Event.objects.filter(action="call.switched").values_list("case", "details").get()
    assert told == (her.case.pk, {"from": thief.case.reference})


def test_a_thief_with_a_page_but_without_the_phone_gets_nothing_by_it(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = rings(desk)
    assert attempt.callback == her.case.callback, "at home, she goes before him"
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))
    assert thief.case.state == CaseState.SUPERSEDED
    assert "This request has been replaced by another" in thief.page


def test_when_the_thief_cancels_while_it_rings_the_call_goes_on_for_her(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    attempt = thiefs_call(desk, thief)
    thief.post("/status/cancel/", {})
    assert thief.case.state == CaseState.WITHDRAWN
    assert her.case.state == CaseState.WORKING
    attempt.refresh_from_db()
    assert (attempt.state, attempt.callback) == (AttemptState.TALKING, her.case.callback)
    assert calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))


def test_when_the_thief_cancels_before_it_rings_she_is_called_all_the_same(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    thief, her = two
    thief.post("/status/cancel/", {})
    assert rings(desk).callback == her.case.callback


def test_the_number_rings_once_for_all_of_them(two: tuple[Claimant, Claimant], desk: Desk) -> None:
    desk.on_duty(desk.tanaka)
    attempt = rings(desk)
    dispatch.dispatch()
    assert queue_selectors.offer_to(desk.tanaka.user.pk) is None, "it is being called already"
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER)
    assert dispatch.dispatch() == 0, "it rang in vain for both of them"
    for one in two:
        callback = one.case.callback
        assert (callback.state, callback.tries) == (CallbackState.WAITING, 1)
        assert callback.due_at > clock.now() + timedelta(minutes=9)


def test_after_three_calls_in_vain_both_get_the_mail_and_not_six_calls(
    two: tuple[Claimant, Claimant], desk: Desk
) -> None:
    for hours in range(3):
        with clock.pretend(clock.now() + timedelta(hours=2 * hours)):
            Callback.objects.filter(state="waiting").update(due_at=clock.now(), chosen_at=clock.now())
            desk.here(desk.sato)
            attempt = rings(desk)
            calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.NO_ANSWER)
    assert [one.case.state for one in two] == [CaseState.UNREACHABLE] * 2
    assert CallAttempt.objects.count() == 3


def test_somebody_else_with_the_same_telephone_keeps_their_request(desk: Desk) -> None:
    """Two people of a household, one landline, two accounts."""
    his, her = Claimant("203.0.113.5"), Claimant(life.HOME.address)
    his.gets_in_line(email="kenji@example.com")
    her.gets_in_line()
    protect_all()
    desk.on_duty(desk.sato)
    attempt = rings(desk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(her.page))
    assert his.case.state == CaseState.WAITING
    assert "You’re on the phone with" not in his.page


def test_only_the_browser_that_asked_can_replace_its_request(desk: Desk) -> None:
    her = Claimant(life.HOME.address)
    first = her.gets_in_line()
    second = her.gets_in_line(number="+819011112222")
    first.refresh_from_db()
    assert first.state == CaseState.SUPERSEDED
    assert second.callback.asked_at == first.callback.asked_at
    stranger(3).gets_in_line(number="+819011112222")
    second.refresh_from_db()
    assert second.state == CaseState.WAITING


def test_the_agent_never_switches_to_a_request_about_their_own_account(desk: Desk) -> None:
    her, agents = Claimant(life.HOME.address), stranger(1)
    her.gets_in_line()
    agents.gets_in_line(email="sato@orikaeshi.example")
    protect_all()
    desk.on_duty(desk.sato)
    attempt = rings(desk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    assert not calls.confirm_read_out(attempt=attempt, agent_id=desk.sato.user.pk, typed=code_on(agents.page))


# What calls cost


def test_a_number_that_rang_in_vain_rests_before_it_rings_for_a_new_request(desk: Desk) -> None:
    desk.on_duty(desk.sato)
    first = stranger(1).gets_in_line(number="+819033334444")
    protect_all()
    attempt = rings(desk)
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.INVALID_NUMBER)
    first.refresh_from_db()
    assert first.state == CaseState.UNREACHABLE
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    stranger(2).gets_in_line(number="+819033334444")
    protect_all()
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(minutes=11)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1


def test_a_number_where_nobody_has_a_page_rests_too(desk: Desk) -> None:
    """Else strangers could have her telephone ring all night, each time about another e-mail."""
    desk.on_duty(desk.sato)
    stranger(1).gets_in_line(email="one@example.com")
    protect_all()
    attempt = rings(desk)
    calls.answered(attempt=attempt, agent_id=desk.sato.user.pk)
    calls.hang_up(attempt=attempt, agent_id=desk.sato.user.pk)
    changes.refuse(case=Case.objects.get(), by=desk.sato.user.pk, reason="abuse")
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    stranger(2).gets_in_line(email="two@example.com")
    protect_all()
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(minutes=11)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1


def test_a_range_of_numbers_is_not_called_through(desk: Desk) -> None:
    desk.on_duty(desk.sato)
    case = stranger(1).gets_in_line(number="+819033334444")
    protect_all()
    attempt = rings(desk)
    calls.unanswered(attempt=attempt, agent_id=desk.sato.user.pk, outcome=AttemptState.INVALID_NUMBER)
    CallAttempt.objects.bulk_create(
        CallAttempt(
            key=f"00000000-0000-0000-0000-{count:012d}",
            callback=case.callback,
            agent=desk.sato.user,
            state=AttemptState.NO_ANSWER,
            number=f"+8190555566{count:02d}",
            words="a b",
            read_out="000000",
            placed_at=clock.now() - timedelta(minutes=20),
            ended_at=clock.now() - timedelta(minutes=19),
        )
        for count in range(30)
    )
    shifts.end_wrap_up(agent_id=desk.sato.user.pk)
    stranger(2).gets_in_line(number="+819055556677")
    protect_all()
    assert dispatch.dispatch() == 0
    stranger(3).gets_in_line(number="+819055557777")
    protect_all()
    assert dispatch.dispatch() == 1


def test_the_budget_of_a_day_is_held_and_a_fifth_of_it_kept_for_owners_at_home(
    desk: Desk, settings: Any
) -> None:
    settings.CALLS_PER_REGION_A_DAY = 10
    CallSpending.objects.create(region="JP", day=clock.now().date(), calls=8)
    desk.on_duty(desk.sato)
    away = Claimant("203.0.113.5")
    away.gets_in_line(email="kenji@example.com", number="+819033334444")
    protect_all()
    assert dispatch.dispatch() == 0
    assert "We can call you tomorrow" in away.page
    her = Claimant(life.HOME.address)
    her.gets_in_line()
    protect_all()
    assert rings(desk).callback == her.case.callback
    assert CallSpending.objects.get().calls == 9


def test_when_the_whole_budget_is_used_up_nobody_is_called(desk: Desk, settings: Any) -> None:
    settings.CALLS_PER_REGION_A_DAY = 10
    CallSpending.objects.create(region="JP", day=clock.now().date(), calls=10)
    desk.on_duty(desk.sato)
    Claimant(life.HOME.address).gets_in_line()
    protect_all()
    assert dispatch.dispatch() == 0
    with clock.pretend(clock.now() + timedelta(days=1)):
        desk.here(desk.sato)
        assert dispatch.dispatch() == 1


# What is written


def test_clicks_on_call_now_that_change_nothing_write_nothing(desk: Desk) -> None:
    her = Claimant(life.HOME.address)
    her.gets_in_line()
    before = Event.objects.count()
    for _ in range(150):
        assert her.post("/status/time/", {"now": "1"}).status_code == 302
    assert Event.objects.count() == before


def test_moving_the_call_to_and_fro_is_bounded(desk: Desk) -> None:
    her = Claimant(life.HOME.address)
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
