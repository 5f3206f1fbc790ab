"""The trail's table: partitioned by month, append-only by trigger, no event lost where a month is missing."""

from django.db import migrations, models

TABLE = """
CREATE TABLE audit_event (
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    action text NOT NULL,
    account bigint,
    actor bigint,
    case_id bigint,
    outcome text NOT NULL DEFAULT 'ok'
        CONSTRAINT audit_event_outcome CHECK (outcome IN ('ok', 'failed', 'denied')),
    address inet,
    country char(2),
    browser text NOT NULL DEFAULT '',
    session uuid,
    request uuid,
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (occurred_at, id)
) PARTITION BY RANGE (occurred_at);

COMMENT ON COLUMN audit_event.xid IS
    'The transaction that wrote the row: who follows the trail takes what is older than every open transaction.';

CREATE INDEX audit_event_account ON audit_event (account, occurred_at DESC);
CREATE INDEX audit_event_address ON audit_event (address, occurred_at DESC);
CREATE INDEX audit_event_action ON audit_event (action, occurred_at DESC);
CREATE INDEX audit_event_country ON audit_event (country, occurred_at DESC);
CREATE INDEX audit_event_actor ON audit_event (actor, occurred_at DESC)
    WHERE actor IS NOT NULL AND account IS DISTINCT FROM actor;
CREATE INDEX audit_event_outcome ON audit_event (outcome, occurred_at DESC) WHERE outcome <> 'ok';
CREATE INDEX audit_event_case ON audit_event (case_id, occurred_at DESC) WHERE case_id IS NOT NULL;
CREATE INDEX audit_event_session ON audit_event USING hash (session);
CREATE INDEX audit_event_request ON audit_event USING hash (request);
CREATE INDEX audit_event_details ON audit_event USING gin (details jsonb_path_ops);
"""

# ENABLE ALWAYS: session_replication_role = replica walks past an ordinary trigger. A row trigger on the
# parent is copied to each partition with its state; one on TRUNCATE is not, so each partition gets its own.
APPEND_ONLY = """
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_no_change;

CREATE FUNCTION audit_refuse_truncate(partition_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()', partition_name);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_event_no_truncate', partition_name);
END
$$;

SELECT audit_refuse_truncate('audit_event');

CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
SELECT audit_refuse_truncate('audit_event_default');
"""

# Each table is made first and attached then, which stops no writer, as CREATE ... PARTITION OF would. A month
# whose events lie in the default partition already stays there: moving them would take a DELETE.
PARTITIONS = """
CREATE FUNCTION audit_ensure_partitions(since date, months integer) RETURNS integer
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    made integer := 0;
    month date;
    partition_name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_ensure_partitions'));
    FOR ahead IN 0 .. months - 1 LOOP
        month := (date_trunc('month', since::timestamp) + make_interval(months => ahead))::date;
        partition_name := 'audit_event_' || to_char(month, 'YYYYMM');
        CONTINUE WHEN to_regclass(partition_name) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                           partition_name);
            PERFORM audit_refuse_truncate(partition_name);
            EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           partition_name,
                           month::timestamp AT TIME ZONE 'UTC',
                           (month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
            made := made + 1;
        EXCEPTION
            WHEN check_violation THEN
                RAISE WARNING 'events of % lie in audit_event_default and stay there', to_char(month, 'YYYY-MM');
            WHEN lock_not_available THEN
                RAISE WARNING '% is made another time: the trail is busy', partition_name;
        END;
    END LOOP;
    RETURN made;
END
$$;

SELECT audit_ensure_partitions((now() AT TIME ZONE 'UTC')::date, 4);
"""

UNDO = """
DROP TABLE audit_event;
DROP FUNCTION audit_ensure_partitions(date, integer);
DROP FUNCTION audit_refuse_truncate(text);
DROP FUNCTION audit_append_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.RunSQL(sql=[TABLE, APPEND_ONLY, PARTITIONS], reverse_sql=UNDO),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "occurred_at", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("action", models.TextField()),
                ("account", models.BigIntegerField(null=True)),
                ("actor", models.BigIntegerField(null=True)),
                ("case", models.BigIntegerField(db_column="case_id", null=True)),
                (
                    "outcome",
                    models.TextField(choices=[("ok", "Ok"), ("failed", "Failed"), ("denied", "Denied")]),
                ),
                ("address", models.GenericIPAddressField(null=True)),
                ("country", models.CharField(max_length=2, null=True)),
                ("browser", models.TextField()),
                ("session", models.UUIDField(null=True)),
                ("request", models.UUIDField(null=True)),
                ("details", models.JSONField()),
            ],
            options={"db_table": "audit_event", "managed": False},
        ),
    ]
