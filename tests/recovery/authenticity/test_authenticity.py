"""Is this really us? What the page tells who got a mail or a call, and what a stranger gets out of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import mails
from accounts.models import KnownBrowser, User
from audit.models import Event
from common import browser_cookie, clock, codes
from common.email_addresses import mask
from notifications import references
from notifications.delivery import services as deliveries
from notifications.models import Delivery
from notifications.recipients import Recipient
from recovery import current_work
from recovery.calls import services as calls
from recovery.models import CallAttempt
from recovery.states import AttemptState
from tests.conftest import PostOffice
from tests.support import people
from tests.support.desk_scenario import NUMBER, Desk
from tests.support.http_client import Visitor

pytestmark = pytest.mark.django_db

HERS = "hanako@example.jp"
YES_MAIL = "Yes, we sent an e-mail with this reference"
YES_CALL = "Yes, we’re calling this number now"
OVER = "Our call is over"
NO = "We can’t confirm that this is us"


def mailed(to: str = HERS, *, at: Any = None) -> str:
    """A mail goes out; returns the reference in it."""
    with clock.pretend(at or clock.now()):
        recipient = Recipient(to, "en", "Asia/Tokyo")
        pk = mails.sign_up_link(recipient, link="/account/sign-up/", valid_hours=24)
    row = Delivery.objects.get(pk=pk)
    return references.of(row.message_id)


class Asker(Visitor):
    """Somebody who doubts; ``says`` is what the page answers."""

    def checks_mail(self, reference: str, email: str = HERS) -> Any:
        return self.post("is_this_you_mail", reference=reference, email=email)

    def checks_call(self, number: str = NUMBER, name: str = "Sato") -> Any:
        return self.post("is_this_you_call", number=number, name=name)


def says(answer: Any) -> str:
    """The notice that answers, in one line."""
    assert answer.status_code == 200, answer.content.decode()
    found = re.search(r"autofocus>(.*?)<h1>", answer.content.decode(), re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


@pytest.fixture
def asker() -> Asker:
    return Asker(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def hers(transactional_db: None, post_office: PostOffice) -> str:
    """A mail that has really gone out to Hanako; its reference as it stands in the text."""
    mailed()
    deliveries.send(Delivery.objects.get().pk)
    letter = post_office.wait_for(HERS)
    found = re.search(r"Reference for this e-mail: (\S+)", letter.text)
    assert found
    assert found[1] in letter.html
    return found[1]


# A mail


def test_a_mail_of_ours_is_known_by_its_reference_and_its_address(hers: str, asker: Asker) -> None:
    answer = says(asker.checks_mail(hers))
    assert YES_MAIL in answer
    assert "finish signing up" in answer
    assert re.search(r"on \d+ \w+ \d{4}, \d\d:\d\d", answer)


def test_it_may_be_typed_in_any_way(hers: str, asker: Asker) -> None:
    for typed in (hers.lower(), hers.replace("-", " "), hers.replace("-", ""), hers.replace("1", "l")):
        assert YES_MAIL in says(asker.checks_mail(typed, "Hanako@Example.jp "))


def test_a_mail_sent_again_is_the_same_mail_with_the_same_reference(
    transactional_db: None, post_office: PostOffice, asker: Asker
) -> None:
    reference = mailed()
    post_office.refuse["*"] = "451 Later"
    delivery = Delivery.objects.get().pk
    deliveries.send(delivery)
    post_office.refuse.clear()
    with clock.pretend(clock.now() + timedelta(hours=2)):
        deliveries.send(delivery)
    assert reference in post_office.wait_for(HERS).text
    assert YES_MAIL in says(asker.checks_mail(reference))


def test_after_the_key_was_rotated_it_is_still_known(hers: str, asker: Asker, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert YES_MAIL in says(asker.checks_mail(hers))


def test_every_mail_has_a_reference_of_its_own(db: None) -> None:
    drawn = {mailed() for _ in range(50)}
    assert len(drawn) == 50
    for one in drawn:
        assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", one)


def test_the_row_keeps_no_reference(hers: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM notifications_delivery t")
        row = cursor.fetchone()[0].lower()
    assert hers.lower() not in row
    assert codes.typed(hers) not in row
    assert codes.fingerprint(codes.typed(hers)) not in row, "a hash without a key could be tried out"


def test_a_reference_that_somebody_got_by_a_mail_to_themselves_vouches_for_no_mail_to_her(
    transactional_db: None, post_office: PostOffice, asker: Asker
) -> None:
    mailed("thief@example.net")
    row = Delivery.objects.get()
    deliveries.send(row.pk)
    copied = references.of(row.message_id)
    assert YES_MAIL in says(asker.checks_mail(copied, "thief@example.net"))
    assert NO in says(asker.checks_mail(copied, HERS))


def test_a_stranger_learns_neither_who_has_an_account_nor_where_a_mail_went(
    hers: str, desk: Desk, asker: Asker
) -> None:
    wrong = [
        asker.checks_mail("K7QM-3XFD-9T2W", HERS),
        asker.checks_mail("K7QM-3XFD-9T2W", "nobody@example.com"),
        asker.checks_mail("Ticket 12345", HERS),
        asker.checks_mail(hers, "nobody@example.com"),
    ]
    assert len({says(one) for one in wrong}) == 1
    assert NO in says(wrong[0])
    assert mask(HERS) not in wrong[3].content.decode()
    assert "/help/" in says(wrong[0])


# A call


@pytest.fixture
def ringing(desk: Desk) -> CallAttempt:
    """Sato calls Hanako."""
    desk.asks()
    desk.on_duty(desk.sato)
    return desk.calls(desk.accepted())


def answered(attempt: CallAttempt) -> CallAttempt:
    calls.answered(attempt=attempt, agent_id=attempt.agent_id)
    return attempt


def over(attempt: CallAttempt) -> None:
    attempt.refresh_from_db()
    calls.hang_up(attempt=attempt, agent_id=attempt.agent_id)


@pytest.mark.parametrize("name", ["Sato", "sato", "さとう", "サトーさん"])
@pytest.mark.parametrize("number", [NUMBER, "090-1234-5678", "０９０ １２３４ ５６７８"])
def test_while_it_rings_her_number_and_his_name_show_that_it_is_us(
    ringing: CallAttempt, asker: Asker, number: str, name: str
) -> None:
    assert YES_CALL in says(asker.checks_call(number, name))


def test_while_they_talk_too(ringing: CallAttempt, asker: Asker) -> None:
    answered(ringing)
    assert YES_CALL in says(asker.checks_call())


@pytest.mark.parametrize(
    ("number", "name"), [("090-1234-5679", "Sato"), (NUMBER, "Alice"), (NUMBER, "Suzuki"), ("090-1", "Sato")]
)
def test_another_number_or_another_name_is_not_us(
    ringing: CallAttempt, asker: Asker, number: str, name: str
) -> None:
    answer = asker.checks_call(number, name)
    if number == "090-1":
        assert answer.status_code == 422
        assert "the call wasn’t from us" in answer.content.decode()
    else:
        assert NO in says(answer)


def test_who_calls_after_us_in_our_name_is_told_apart(ringing: CallAttempt, asker: Asker) -> None:
    """A thief had the desk call her, or has waited for it, and rings when the call is over."""
    over(answered(ringing))
    asker.wait(seconds=30)
    answer = says(asker.checks_call())
    assert YES_CALL not in answer
    assert OVER in answer
    assert "it isn’t us. Hang up" in answer


def test_an_hour_later_nothing_is_told_any_more(ringing: CallAttempt, asker: Asker) -> None:
    over(answered(ringing))
    asker.wait(minutes=61)
    assert NO in says(asker.checks_call())


@pytest.mark.parametrize("outcome", [AttemptState.NO_ANSWER, AttemptState.BUSY, AttemptState.FAILED])
def test_a_call_that_nobody_answered_vouches_for_nobody(
    ringing: CallAttempt, asker: Asker, outcome: AttemptState
) -> None:
    calls.unanswered(attempt=ringing, agent_id=ringing.agent_id, outcome=outcome)
    asker.wait(seconds=30)
    assert NO in says(asker.checks_call())


def test_a_second_call_is_the_one_that_counts(ringing: CallAttempt, desk: Desk, asker: Asker) -> None:
    over(answered(ringing))
    case = current_work.case_in_work(desk.sato.user.pk)
    assert case is not None
    desk.calls(case)
    asker.wait(seconds=30)
    assert YES_CALL in says(asker.checks_call())


def test_who_waits_for_a_call_is_not_told_of_by_it(desk: Desk, asker: Asker) -> None:
    """Nobody learns by her number that she has asked."""
    desk.on_duty(desk.sato)
    before = says(asker.checks_call())
    desk.asks()
    waiting = says(asker.checks_call())
    desk.accepted()
    assert before == waiting == says(asker.checks_call())


def test_the_page_names_nobody_and_no_number_but_what_was_typed(ringing: CallAttempt, asker: Asker) -> None:
    User.objects.filter(pk=ringing.agent_id).update(name="Sato Ichiro")
    shown = asker.checks_call(name="ichiro").content.decode()
    assert YES_CALL in shown
    assert "Sato" not in shown
    assert HERS not in shown
    assert ringing.read_out not in shown
    assert not [word for word in ringing.words.split() if word in says(asker.checks_call())]


# What is common to both


def test_what_is_not_ours_has_one_answer(hers: str, desk: Desk, asker: Asker) -> None:
    mail, call = asker.checks_mail("K7QM-3XFD-9T2W"), asker.checks_call()
    assert says(mail) == says(call)
    assert NO in says(mail)


def test_hit_and_miss_ask_the_same_of_the_database(hers: str, ringing: CallAttempt, asker: Asker) -> None:
    def statements(*asked: str, how: Any) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert how(*asked).status_code == 200
        return [re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in seen.captured_queries]

    assert statements(hers, how=asker.checks_mail) == statements("K7QM-3XFD-9T2W", how=asker.checks_mail)
    hit = statements(NUMBER, "Sato", how=asker.checks_call)
    assert hit == statements(NUMBER, "Suzuki", how=asker.checks_call)
    assert hit == statements("090-1234-5679", "Sato", how=asker.checks_call)


def test_what_was_typed_stays_and_what_is_wrong_is_said_at_the_top(db: None, asker: Asker) -> None:
    answer = asker.checks_mail("K7QM-3XFD-9T2W", "nobody@example.com").content.decode()
    assert 'value="K7QM-3XFD-9T2W"' in answer
    assert 'value="nobody@example.com"' in answer
    empty = asker.checks_call("", "")
    assert empty.status_code == 422
    shown = empty.content.decode()
    assert re.search(r"<title>\s*Error: ", shown)
    assert 'href="#id_number"' in shown
    assert 'href="#id_name"' in shown


def test_the_page_is_linked_where_somebody_may_doubt(desk: Desk, asker: Asker) -> None:
    assert 'href="/is-this-you/"' in asker.get("home").content.decode()
    _case, capability = desk.asks()
    asker.client.cookies["case"] = capability
    assert asker.get("status").content.decode().count('href="/is-this-you/"') == 2


@pytest.mark.parametrize(
    ("address", "number"), [("126.72.14.9", "03-5550-0100"), ("91.198.7.9", "+81 3 5550 0100")]
)
def test_our_number_is_written_as_on_the_telephone_of_the_country_in_which_they_are(
    db: None, asker: Asker, address: str, number: str
) -> None:
    asker.meta["REMOTE_ADDR"] = address
    assert number in asker.get("is_this_you").content.decode()


def refusals() -> int:
    return Event.objects.filter(action="authenticity.refused").count()


def test_a_network_that_tries_again_and_again_has_to_wait(ringing: CallAttempt) -> None:
    # How often exactly a network is let through is drawn anew each hour: Bound.limit_at.
    for at in range(65):
        guess = Asker().checks_call(f"090-1234-{at:04}", "Sato")
    assert refusals() > 0
    noted = refusals()
    guess = Asker().checks_call()
    assert guess.status_code == 429
    assert int(guess.headers["Retry-After"]) > 0
    assert YES_CALL not in guess.content.decode()
    assert f'value="{NUMBER}"' in guess.content.decode()
    assert refusals() == noted, "only the first refusal of an hour is an event"
    assert YES_CALL in says(Asker(people.OSAKA, HTTP_ACCEPT_LANGUAGE="en").checks_call())


def test_from_many_networks_the_names_at_the_desk_cannot_be_tried_out_on_one_number(
    ringing: CallAttempt,
) -> None:
    statuses = []
    for at in range(32):
        asker = Asker()
        asker.meta["REMOTE_ADDR"] = f"145.{at}.1.7"
        statuses.append(asker.checks_call(name=f"Guess {at}").status_code)
    assert statuses[:20] == [200] * 20
    assert statuses[-1] == 429


def test_in_a_browser_that_she_has_used_for_days_strangers_do_not_keep_her_from_asking(
    ringing: CallAttempt, desk: Desk
) -> None:
    for _ in range(45):
        Asker().checks_call(name="Suzuki")
    at_home = Asker(HTTP_ACCEPT_LANGUAGE="en")
    assert at_home.checks_call().status_code == 429
    token = codes.token()
    at_home.client.cookies[browser_cookie.NAME] = token
    assert at_home.checks_call().status_code == 429, "a cookie that anybody can make opens nothing"
    KnownBrowser.objects.create(
        user=desk.hanako.user,
        digest=codes.fingerprint(token),
        first_seen_at=clock.now() - timedelta(days=9),
        last_seen_at=clock.now(),
    )
    assert YES_CALL in says(at_home.checks_call())
    for _ in range(10):
        last = at_home.checks_call(name="Suzuki")
    assert last.status_code == 429


def test_another_site_cannot_ask_in_her_name(db: None) -> None:
    asker = Asker(enforce_csrf_checks=True)
    assert asker.checks_call().status_code == 403
    assert asker.checks_mail("K7QM-3XFD-9T2W").status_code == 403


def test_a_check_leaves_nothing_behind(hers: str, ringing: CallAttempt, asker: Asker) -> None:
    before = Event.objects.count()
    with transaction.atomic():
        asker.checks_mail(hers)
        asker.checks_call()
    assert Event.objects.count() == before
