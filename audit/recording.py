"""Writing the trail.

An event is one plain INSERT inside the transaction that it tells of: when that is rolled back, so is
the event, and writers never wait for each other.
"""

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import context, registry
from common import clock

Outcome = Literal["ok", "failed", "denied"]

# One statement, not the ORM: a third of the cost of an audited change would be the ORM's.
_INSERT = """
INSERT INTO audit_event (occurred_at, action, account, actor, case_id, outcome,
                         address, country, browser, session, request, details)
VALUES (COALESCE(%s, clock_timestamp()), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)
"""

# The same for each account of a list. The columns stand in the order of _row, without the account.
_INSERT_FOR_EACH = """
INSERT INTO audit_event (occurred_at, action, actor, case_id, outcome,
                         address, country, browser, session, request, details, account)
SELECT COALESCE(%s, clock_timestamp()), %s, %s::bigint, %s::bigint, %s,
       %s::inet, %s, %s, %s::uuid, %s::uuid, %s::jsonb, account
FROM unnest(%s::bigint[]) WITH ORDINALITY AS listed(account, place) ORDER BY place
"""
_ACCOUNT = 2  # its place in a row

MAX_TEXT = 500
_SECRET_WORDS = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "secret",
        "secrets",
        "token",
        "tokens",
        "code",
        "codes",
        "key",
        "keys",
    }
    | {"otp", "pin", "pins", "hash", "digest", "cookie", "authorization", "credential", "csrf", "sealed"}
)
# PostgreSQL's text knows no NUL, and UTF-8 no lone surrogate: a hostile header must not stop the event.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class SecretDetail(ValueError):
    """The details name something that must not stand in the trail: people read it, for years."""


def record(
    action: str,
    *,
    account: int | None = None,
    actor: int | None = None,
    case: int | None = None,
    outcome: Outcome = "ok",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one event in the current transaction.

    ``account`` is whose account it concerns, ``actor`` who did it (by default who acts in the current
    context), ``case`` the recovery case. Session, request, address, country and browser come from the
    context. ``details`` holds plain values; what is secret is masked before it comes here.

    Raises:
        registry.UnknownAction: there is no such type of event.
        SecretDetail: a key of ``details`` names a secret.
    """
    _insert(connection, _row(action, account, actor, case, outcome, details))


def record_for_each(
    action: str,
    accounts: Sequence[int],
    *,
    details: Mapping[str, Any] | None = None,
) -> None:
    """:func:`record` for many accounts at once: an event for each, all with the same ``details``.

    One statement in the current transaction, checked as :func:`record` checks. Raises as it does.
    """
    row = _row(action, None, None, None, "ok", details)
    before, after = row[:_ACCOUNT], row[_ACCOUNT + 1 :]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_FOR_EACH, [*before, *after, list(accounts)])


def record_refusal(
    action: str,
    *,
    account: int | None = None,
    actor: int | None = None,
    case: int | None = None,
    outcome: Outcome = "denied",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one event that stays when the caller's transaction is rolled back: an attempt that was refused.

    Inside a transaction it goes over a connection of its own, opened for it: refusals are few.
    Raises as :func:`record` does.
    """
    row = _row(action, account, actor, case, outcome, details)
    if not connection.in_atomic_block:
        _insert(connection, row)
        return
    own = connections[connection.alias].copy()
    try:
        _insert(own, row)
    finally:
        own.close()


def ensure_partitions(since: Any = None, months: int = 4) -> int:
    """Make the partitions of ``months`` months from the month of ``since`` (a date; default today).

    Returns how many were made. What exists is left as it is, so it may run at any time and twice at once.
    """
    day = since or clock.now().date()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_ensure_partitions(%s::date, %s::integer)", [day, months])
        return int(cursor.fetchone()[0])


def _row(
    action: str,
    account: int | None,
    actor: int | None,
    case: int | None,
    outcome: Outcome,
    details: Mapping[str, Any] | None,
) -> list[Any]:
    registry.type_of(action)
    now = context.current()
    return [
        clock.pretended(),
        action,
        account,
        now.actor if actor is None else actor,
        case,
        outcome,
        _address(now.origin.address),
        now.origin.country[:2] or None,
        _text(now.origin.browser),
        now.session,
        now.request,
        json.dumps(_plain(details or {}), cls=DjangoJSONEncoder, ensure_ascii=False),
    ]


def _insert(over: BaseDatabaseWrapper, row: list[Any]) -> None:
    with over.cursor() as cursor:
        cursor.execute(_INSERT, row)


def _address(address: str | None) -> str | None:
    """The address as PostgreSQL reads it: no zone (``fe80::1%eth0``); none where it is no address."""
    try:
        return str(ipaddress.ip_address((address or "").partition("%")[0]))
    except ValueError:
        return None


def _text(value: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)[:MAX_TEXT]


def _plain(value: Any) -> Any:
    """``value`` fit for a jsonb column; refused where a key names a secret, at any depth."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_key(str(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    return value


def _key(key: str) -> str:
    if _SECRET_WORDS & set(re.split(r"[^a-z]+", key.lower())):
        raise SecretDetail(f"{key!r} does not belong in the trail")
    return _text(key)
