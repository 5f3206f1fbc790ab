"""Nobody changes or removes an event: not by the parent table, not by a partition, not as a replica."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from audit import checks, reading, recording
from audit.models import Event
from common import clock

pytestmark = pytest.mark.django_db

TABLES = ["audit_event", "audit_event_default", "(this month)"]
COMMANDS = [
    "UPDATE {table} SET action = 'sign_out'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "TRUNCATE {table} CASCADE",
    "MERGE INTO {table} AS e USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
]


def month(moment: datetime) -> str:
    return f"audit_event_{moment:%Y%m}"


@pytest.mark.parametrize("role", ["origin", "replica", "local"])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("table", TABLES)
def test_rows_stay_as_they_were_written(account, table, command, role):
    recording.record("sign_out", account=account)
    with clock.pretend(datetime(1999, 1, 1, tzinfo=UTC)):
        recording.record("sign_out", account=account)
    table = month(datetime.now(UTC)) if table == "(this month)" else table
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(command.format(table=table))
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert Event.objects.filter(account=account).count() == 2


def test_the_model_cannot_change_them_either(account):
    recording.record("sign_out", account=account)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.filter(account=account).update(action="sign_in.succeeded")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.filter(account=account).delete()


def test_partitions_made_later_hold_it_too(account):
    with clock.pretend(datetime(2031, 5, 5, tzinfo=UTC)):
        recording.ensure_partitions()
        recording.record("sign_out", account=account)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for command in COMMANDS:
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(command.format(table="audit_event_203105"))
    assert list(checks.check_table(["default"])) == []


def test_a_number_cannot_be_chosen_by_the_writer():
    with (
        pytest.raises(Exception, match="GENERATED ALWAYS"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT INTO audit_event (id, action) VALUES (1, 'sign_out')")


def test_the_check_sees_a_trigger_that_was_disabled():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {month(datetime.now(UTC))} DISABLE TRIGGER audit_event_no_change")
    assert [message.id for message in checks.check_table(["default"])] == ["audit.E002"]


def test_the_check_sees_that_next_month_is_missing():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE audit_event DETACH PARTITION {month(_next_month())}")
        cursor.execute(f"DROP TABLE {month(_next_month())}")
    assert [message.id for message in checks.check_table(["default"])] == ["audit.W001"]


def test_the_check_sees_a_context_before_authentication(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "audit" not in name]
    assert [message.id for message in checks.check_middleware()] == ["audit.E001"]
    settings.MIDDLEWARE = [checks.CONTEXT, *settings.MIDDLEWARE]
    assert [message.id for message in checks.check_middleware()] == ["audit.E001"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, checks.CONTEXT]
    assert list(checks.check_middleware()) == []


def _next_month() -> datetime:
    return datetime.now(UTC).replace(day=1) + timedelta(days=32)


class TestPartitions:
    def test_a_missing_month_loses_nothing(self, account):
        far = datetime(2035, 7, 1, tzinfo=UTC)
        with clock.pretend(far):
            recording.record("sign_out", account=account)
        assert self.home_of(account) == ["audit_event_default"]
        assert [entry.occurred_at for entry in reading.of_account(account, far)] == [far]

    def test_a_month_whose_events_lie_in_the_default_partition_is_no_fault(self, account):
        far = datetime(2035, 7, 31, 23, 59, 59, tzinfo=UTC)
        with clock.pretend(far):
            recording.record("sign_out", account=account)
        assert recording.ensure_partitions(date(2035, 6, 15), 3) == 2
        assert self.months("2035") == ["audit_event_203506", "audit_event_203508"]
        with clock.pretend(far + timedelta(seconds=1)):
            recording.record("sign_out", account=account)
        assert self.home_of(account) == ["audit_event_203508", "audit_event_default"]

    def test_it_may_run_any_number_of_times(self):
        recording.ensure_partitions()
        assert recording.ensure_partitions() == 0

    def test_the_months_to_come_exist_from_the_first_migration(self):
        existing = self.months("")
        assert month(datetime.now(UTC)) in existing
        assert month(_next_month()) in existing

    def test_the_beat_task_makes_them(self, account):
        from audit.tasks import ensure_partitions

        with clock.pretend(datetime(2032, 2, 29, tzinfo=UTC)):
            ensure_partitions(some_argument_of_a_newer_caller=1)
        assert self.months("2032") == [f"audit_event_20320{number}" for number in (2, 3, 4, 5)]

    def test_a_search_by_account_uses_the_index_of_a_new_month(self, account):
        recording.ensure_partitions(date(2032, 2, 1), 1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'audit_event_203202'")
            indexes = " ".join(row[0] for row in cursor.fetchall())
        for columns in (
            "(occurred_at, id)", "btree (account, occurred_at DESC)", "btree (address, occurred_at DESC)",
            "btree (action, occurred_at DESC)", "btree (country, occurred_at DESC)",
            "btree (actor, occurred_at DESC)", "hash (request)", "gin (details jsonb_path_ops)",
        ):  # fmt: skip
            assert columns in indexes

    def home_of(self, account: int) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tableoid::regclass::text FROM audit_event WHERE account = %s ORDER BY 1", [account]
            )
            return [row[0] for row in cursor.fetchall()]

    def months(self, year: str) -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relid::regclass::text FROM pg_partition_tree('audit_event') WHERE isleaf"
                " AND relid::regclass::text LIKE %s ORDER BY 1",
                [f"audit_event_{year}%"],
            )
            return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_making_partitions_stops_no_sign_in(account):
    """Somebody has written and not committed yet, somebody reads: the months are made, and events go on."""
    import threading

    written, finish = threading.Event(), threading.Event()

    def busy() -> None:
        with transaction.atomic():
            recording.record("sign_out", account=account)
            written.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        assert written.wait(10)
        with transaction.atomic():
            assert recording.ensure_partitions(date(2040, 1, 1), 2) == 2
            transaction.set_rollback(True)
    finally:
        finish.set()
        thread.join()
