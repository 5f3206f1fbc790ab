"""What an event says, when it stays, and what never gets into it."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit import reading, recording
from audit.context import Context, use
from audit.reading import Filters
from audit.registry import UnknownAction
from common import clock
from common.network import Origin

BEFORE = datetime(2000, 1, 1, tzinfo=UTC)


def of(account: int) -> list[reading.Entry]:
    return reading.of_account(account, BEFORE)


@pytest.mark.django_db
def test_an_event_says_who_from_where_in_which_session_and_request(account, another):
    session, request = uuid4(), uuid4()
    origin = Origin("198.51.100.7", "NL", "Firefox, Windows")
    with use(Context(actor=another, origin=origin, session=session, request=request)):
        recording.record("account.read", account=account, case=12, details={"reason": "case"})
    (entry,) = of(account)
    assert (entry.actor, entry.account, entry.case) == (another, account, 12)
    assert (entry.address, entry.country, entry.browser) == ("198.51.100.7", "NL", "Firefox, Windows")
    assert (entry.session, entry.request, entry.outcome) == (session, request, "ok")
    assert entry.details == {"reason": "case"}
    assert abs(timezone.now() - entry.occurred_at) < timedelta(minutes=1)


@pytest.mark.django_db
def test_an_actor_that_is_named_goes_before_the_one_of_the_context(account, another):
    with use(Context(actor=another)):
        recording.record("sign_out", account=account, actor=account)
    assert of(account)[0].actor == account


@pytest.mark.django_db
def test_it_is_one_statement(account, django_assert_num_queries):
    with django_assert_num_queries(1):
        recording.record("sign_out", account=account)


@pytest.mark.django_db
def test_the_demo_writes_history_at_its_own_time(account):
    long_ago = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    with clock.pretend(long_ago):
        recording.record("sign_out", account=account)
    assert of(account)[0].occurred_at == long_ago


@pytest.mark.django_db
def test_an_unknown_type_is_a_fault_at_once(account):
    with pytest.raises(UnknownAction):
        recording.record("sign_in.suceeded", account=account)


@pytest.mark.django_db(transaction=True)
def test_an_event_goes_the_way_of_its_transaction(account):
    with transaction.atomic():
        recording.record("sign_out", account=account)
        transaction.set_rollback(True)
    assert of(account) == []


@pytest.mark.django_db(transaction=True)
def test_a_refusal_stays_when_its_transaction_is_rolled_back(account):
    with transaction.atomic():
        recording.record("sign_out", account=account)
        recording.record_refusal("restore.refused", account=account, details={"reason": "evidence"})
        transaction.set_rollback(True)
    (entry,) = of(account)
    assert (entry.action, entry.outcome) == ("restore.refused", "denied")


@pytest.mark.django_db(transaction=True)
def test_a_refusal_outside_of_a_transaction_needs_no_second_connection(account, django_assert_num_queries):
    with django_assert_num_queries(1):
        recording.record_refusal("restore.refused", account=account, details={"reason": "evidence"})
    assert len(of(account)) == 1


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_each_other(account):
    """One transaction has written and not ended; another one writes and commits meanwhile."""
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            recording.record("sign_out", account=account, details={"who": "slow"})
            written.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '2s'")
        recording.record("sign_out", account=account, details={"who": "quick"})
        assert [entry.details["who"] for entry in of(account)] == ["quick"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
        finish.set()
        thread.join()
    assert [entry.details["who"] for entry in of(account)] == ["slow", "quick"]


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_can_still_be_found_by_its_transaction(account):
    """Who follows the trail by number loses the slow writer's event; by transaction id they do not."""
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            recording.record("sign_out", account=account)
            written.set()
            finish.wait(10)
        connection.close()

    def settled() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_event WHERE account = %s"
                " AND xid < pg_snapshot_xmin(pg_current_snapshot())",
                [account],
            )
            return cursor.fetchone()[0]

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert written.wait(10)
        recording.record("sign_out", account=account)
        assert settled() == 0, "the quick one must wait until the slow one has ended"
    finally:
        finish.set()
        thread.join()


@pytest.mark.django_db
def test_an_event_keeps_the_transaction_that_wrote_it(account):
    recording.record("sign_out", account=account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xid = pg_current_xact_id() FROM audit_event WHERE account = %s", [account])
        assert cursor.fetchall() == [(True,)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "details",
    [
        {"password": "x"},
        {"new_password": "x"},
        {"code": "482913"},
        {"session_key": "x"},
        {"before": {"totp_secret": "x"}},
        {"rows": [{"Token": "x"}]},
    ],
)
def test_a_detail_that_names_a_secret_is_refused(account, details):
    with pytest.raises(recording.SecretDetail):
        recording.record("credential.restored", account=account, details=details)
    assert of(account) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("not an address", None),
        ("203.0.113.7; DROP TABLE", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_that_is_none_loses_no_event(account, address, kept):
    with use(Context(origin=Origin(address, "", ""))):
        recording.record("sign_in.failed", account=account, outcome="failed", details={"factor": "password"})
    assert of(account)[0].address == kept


@pytest.mark.django_db
def test_what_the_database_cannot_hold_loses_no_event(account):
    with use(Context(origin=Origin(None, "", "Fire\x00fox"))):
        recording.record("access.denied", account=account, details={"path": "/\x00\ud800" + "a" * 10_000})
    (entry,) = of(account)
    assert entry.browser == "Fire\N{REPLACEMENT CHARACTER}fox"
    assert len(entry.details["path"]) == recording.MAX_TEXT


@pytest.mark.django_db
def test_times_and_numbers_keep_their_form_in_details(account):
    until = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    recording.record("freeze.placed", account=account, details={"until": until, "reason": "call", "count": 3})
    assert of(account)[0].details == {"until": "2026-11-22T15:00:00Z", "reason": "call", "count": 3}


@pytest.mark.django_db
def test_an_account_is_asked_for_by_time_and_by_action(account):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day, action in enumerate(["sign_out", "sign_out", "account.address.verified"]):
        with clock.pretend(start + timedelta(days=day)):
            recording.record(action, account=account)
    assert len(reading.of_account(account, start, start + timedelta(days=2))) == 2
    named = reading.of_account(account, start, actions=["account.address.verified"])
    assert [entry.occurred_at for entry in named] == [start + timedelta(days=2)]
    assert reading.events(Filters(account=(account,))).entries[0].action == "account.address.verified"
