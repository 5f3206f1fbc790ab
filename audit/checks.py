"""Settings and databases that would leave the trail without who, or without its protection."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags
from django.db import connections

CONTEXT = "audit.middleware.AuditContextMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


def register_all() -> None:
    checks.register(check_middleware)
    checks.register(check_table, Tags.database)


def check_middleware(**kwargs: Any) -> Iterable[CheckMessage]:
    """The context stands after authentication: before it, no request has a person."""
    order = list(settings.MIDDLEWARE)
    if CONTEXT not in order[order.index(AUTHENTICATION) if AUTHENTICATION in order else len(order) :]:
        yield Error(
            "Events would not say who did it.",
            hint=f"Put {CONTEXT} into MIDDLEWARE, after {AUTHENTICATION}.",
            id="audit.E001",
        )


_UNPROTECTED = """
SELECT part.relname
FROM pg_partition_tree('audit_event') AS tree
JOIN pg_class AS part ON part.oid = tree.relid
WHERE (SELECT count(*) FROM pg_trigger AS guard
       WHERE guard.tgrelid = part.oid AND guard.tgenabled = 'A'
         AND guard.tgname IN ('audit_event_no_change', 'audit_event_no_truncate')) < 2
ORDER BY 1
"""
_NEXT_MONTH = """
SELECT to_regclass('audit_event_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', 'YYYYMM'))
"""


def check_table(databases: Sequence[str] | None = None, **kwargs: Any) -> Iterable[CheckMessage]:
    """Run by ``migrate`` and ``check --database default``."""
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT to_regclass('audit_event')")
            if cursor.fetchone()[0] is None:
                continue
            cursor.execute(_UNPROTECTED)
            for (name,) in cursor.fetchall():
                yield Error(
                    f"Rows of {name} can be changed or removed.",
                    hint="Its append-only triggers are missing or not ENABLE ALWAYS; see its migration.",
                    id="audit.E002",
                )
            cursor.execute(_NEXT_MONTH)
            if cursor.fetchone()[0] is None:
                yield checks.Warning(
                    "The trail has no partition for next month.",
                    hint="Is beat running? Events are kept in audit_event_default meanwhile.",
                    id="audit.W001",
                )
