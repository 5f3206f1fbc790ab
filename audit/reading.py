"""Reading the trail: by filters, page by page; the events of an account, a case or a request.

Newest first by (time, number), and a page begins where the last one ended: any depth costs the same.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet

from audit import registry
from audit.models import Event

Network = IPv4Network | IPv6Network

PAGE = 50


@dataclass(frozen=True)
class Entry:
    """One event as it was written. ``occurred_at`` and ``id`` together name it."""

    id: int
    occurred_at: datetime
    action: str
    account: int | None
    actor: int | None
    case: int | None
    outcome: str
    address: str | None
    country: str
    browser: str
    session: UUID | None
    request: UUID | None
    details: Mapping[str, Any]

    @property
    def cursor(self) -> "Cursor":
        return Cursor(self.occurred_at, self.id)


@dataclass(frozen=True, order=True)
class Cursor:
    """The place of an event in the trail; ``str()`` is what stands in a URL."""

    occurred_at: datetime
    id: int

    def __str__(self) -> str:
        since = self.occurred_at - datetime(1970, 1, 1, tzinfo=UTC)
        return f"{since // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what ``str()`` gave.

        Raises:
            ValueError: it is not a cursor.
        """
        micros, _, number = text.partition("-")
        try:
            if not 0 < int(number) < 2**63:
                raise ValueError(text)
            return cls(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros)), int(number))
        except OverflowError:
            raise ValueError(text) from None


@dataclass(frozen=True)
class Filters:
    """What a search asks for; what is empty does not narrow. ``until`` is not in the period, ``since`` is.

    ``action``: a type or the beginning of some, or several with commas between them.
    """

    account: tuple[int, ...] = ()
    person: tuple[int, ...] = ()
    action: str = ""
    address: Network | None = None
    country: str = ""
    outcome: str = ""
    case: int | None = None
    session: UUID | None = None
    request: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    entries: Sequence[Entry]
    newer: Cursor | None
    older: Cursor | None


def events(
    filters: Filters, *, before: Cursor | None = None, after: Cursor | None = None, size: int | None = None
) -> Page:
    """A page of what ``filters`` lets through, newest first: before or after a place in the trail."""
    size = size or PAGE
    limit = size + 1
    found = sorted(
        chain.from_iterable(_slice(part, before, after, limit) for part in _parts(filters)),
        key=lambda event: (event.occurred_at, event.id),
        reverse=after is None,
    )[:limit]
    more = len(found) == limit
    entries = [_entry(event) for event in found[:size]]
    if after is not None:
        entries.reverse()
    has_newer = more if after is not None else before is not None
    has_older = True if after is not None else more
    return Page(
        entries,
        newer=entries[0].cursor if entries and has_newer else None,
        older=entries[-1].cursor if entries and has_older else None,
    )


def event(cursor: Cursor) -> Entry | None:
    found = Event.objects.filter(pk=(cursor.occurred_at, cursor.id)).first()
    return _entry(found) if found else None


def of_account(
    account_id: int, since: datetime, until: datetime | None = None, actions: Collection[str] | None = None
) -> list[Entry]:
    """What happened to one account from ``since`` to before ``until``, in the order in which it happened."""
    rows = Event.objects.filter(account=account_id, occurred_at__gte=since)
    if until is not None:
        rows = rows.filter(occurred_at__lt=until)
    if actions is not None:
        rows = rows.filter(action__in=actions)
    return [_entry(row) for row in rows.order_by("occurred_at", "id")]


@dataclass(frozen=True)
class Tally:
    """How often something happened to an account from one kind of browser in one country, and when last."""

    country: str
    browser: str
    count: int
    last_at: datetime


def tally(account_id: int, action: str, since: datetime, limit: int = 5) -> list[Tally]:
    """Where these events of an account came from, the latest first."""
    rows = Event.objects.filter(account=account_id, action=action, occurred_at__gte=since)
    groups = rows.values("country", "browser").annotate(count=Count("id"), last_at=Max("occurred_at"))
    return [
        Tally(row["country"] or "", row["browser"] or "", row["count"], row["last_at"])
        for row in groups.order_by("-last_at")[:limit]
    ]


def of_case(case_id: int) -> list[Entry]:
    """All that was recorded of one case, in the order in which it happened."""
    return [_entry(row) for row in Event.objects.filter(case=case_id).order_by("occurred_at", "id")]


def of_request(request_id: UUID, limit: int = 100) -> list[Entry]:
    """What one request caused, its tasks included, in the order in which it happened."""
    rows = Event.objects.filter(request=request_id).order_by("occurred_at", "id")
    return [_entry(row) for row in rows[:limit]]


def count_of(actions: Collection[str], since: datetime) -> Mapping[str, int]:
    """How often each of these happened from ``since`` on; 0 for what did not."""
    rows = Event.objects.filter(action__in=actions, occurred_at__gte=since)
    return Counter(dict(rows.values_list("action").annotate(count=Count("id"))))


def types_of(action: str) -> list[str]:
    """The types that a filter names: at or below one dotted name, or at several with commas between them."""
    return [kind for name in action.split(",") for kind in registry.under(name)] if action else []


def matching(filters: Filters) -> QuerySet[Event]:
    """All that ``filters`` lets through, in no order."""
    rows = _without_person(filters)
    return rows.filter(_on_own(filters.person) | _on_others(filters.person)) if filters.person else rows


def _parts(filters: Filters) -> list[QuerySet[Event]]:
    """The search as one or two, each served in order by an index."""
    rows = _without_person(filters)
    if not filters.person:
        return [rows]
    return [rows.filter(_on_own(filters.person)), rows.filter(_on_others(filters.person))]


# What people do is nearly always to their own account, so the index over persons holds only the rest.


def _on_own(people: Sequence[int]) -> Q:
    return Q(actor__in=people, account__in=people, account=F("actor"))


def _on_others(people: Sequence[int]) -> Q:
    return Q(actor__in=people, account__distinct_from=F("actor"))


def _without_person(filters: Filters) -> QuerySet[Event]:
    wanted: dict[str, Any] = {
        "account__in": filters.account,
        "action__in": types_of(filters.action),
        "country": filters.country,
        "outcome": filters.outcome,
        "case": filters.case,
        "session": filters.session,
        "request": filters.request,
        "occurred_at__gte": filters.since,
        "occurred_at__lt": filters.until,
    }
    asked = {name: value for name, value in wanted.items() if value not in (None, "", (), [])}
    rows = Event.objects.filter(**asked)
    network = filters.address
    if network is None:
        return rows
    if network.prefixlen == network.max_prefixlen:
        return rows.filter(address=str(network.network_address))
    return rows.filter(address__within=network)


def _slice(rows: QuerySet[Event], before: Cursor | None, after: Cursor | None, limit: int) -> QuerySet[Event]:
    # The plain bound on the time, implied by the one on the row, lets PostgreSQL leave out whole months.
    if before is not None:
        rows = rows.filter(pk__lt=(before.occurred_at, before.id), occurred_at__lte=before.occurred_at)
    if after is not None:
        rows = rows.filter(pk__gt=(after.occurred_at, after.id), occurred_at__gte=after.occurred_at)
        return rows.order_by("occurred_at", "id")[:limit]
    return rows.order_by("-occurred_at", "-id")[:limit]


def _entry(event: Event) -> Entry:
    return Entry(
        id=event.id,
        occurred_at=event.occurred_at,
        action=event.action,
        account=event.account,
        actor=event.actor,
        case=event.case,
        outcome=event.outcome,
        address=event.address,
        country=event.country or "",
        browser=event.browser,
        session=event.session,
        request=event.request,
        details=event.details,
    )
