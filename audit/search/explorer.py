"""What stands around the rows of the trail explorer: the chips of its filters and the histogram over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext

from audit import registry
from audit.reading import Filters, types_of
from audit.search.counting import Bucket, Counted
from audit.search.forms import SearchForm, query_of, stamp
from audit.search.presenter import EventView, names
from audit.sentences import humanize
from common.countries import country_name

WIDTH, HEIGHT = 1000, 64
WIDEST = 40


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the URL of the same search without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Bar:
    """One column of the histogram in the units of its viewBox; ``bad`` stands at its foot, over the rest."""

    x: int
    width: int
    y: int
    height: int
    bad_y: int
    bad_height: int
    title: str
    url: str


@dataclass(frozen=True)
class Value:
    """One column of an event in words, and the search for all events that say the same."""

    label: str
    text: str
    url: str


@dataclass(frozen=True)
class Preset:
    label: str
    url: str


def url_of(query: Mapping[str, str]) -> str:
    return f"?{urlencode(query)}"


def chips(filters: Filters) -> list[Chip]:
    query = query_of(filters)
    people = names([*filters.account, *filters.person])
    labels = SearchForm.base_fields
    return [
        Chip(
            label=str(labels[name].label),
            value=_words(name, filters, query, people),
            url=url_of({other: value for other, value in query.items() if other != name}),
        )
        for name in query
    ]


def bars(counted: Counted, filters: Filters) -> list[Bar]:
    """The buckets as columns; each leads to the same search in its own time."""
    top = max((bucket.count for bucket in counted.buckets), default=0)
    if not top:
        return []
    step = WIDTH / len(counted.buckets)
    width = max(1, min(WIDEST, round(step * 0.8)))
    drawn = []
    for number, bucket in enumerate(counted.buckets):
        if not bucket.count:
            continue
        height = max(2, round(HEIGHT * bucket.count / top))
        bad = min(height, max(2, round(HEIGHT * bucket.bad / top))) if bucket.bad else 0
        drawn.append(
            Bar(
                x=round(number * step),
                width=width,
                y=HEIGHT - height,
                height=height,
                bad_y=HEIGHT - bad,
                bad_height=bad,
                title=_title(bucket, counted.unit),
                url=_url_within(bucket, filters),
            )
        )
    return drawn


def presets(filters: Filters, now: datetime) -> list[Preset]:
    """The same search in the time just past."""
    query = {name: value for name, value in query_of(filters).items() if name not in ("since", "until")}
    minute = now.replace(second=0, microsecond=0)
    return [
        Preset(words, url_of({**query, "since": stamp(minute - span)}))
        for words, span in (
            (gettext("Last hour"), timedelta(hours=1)),
            (gettext("Last 24 hours"), timedelta(days=1)),
            (gettext("Last 7 days"), timedelta(days=7)),
            (gettext("Last 30 days"), timedelta(days=30)),
        )
    ]


def values(event: EventView) -> list[Value]:
    """Who, what, where, in which session, request and case: what is known, each leading to its like."""
    entry = event.entry
    country = country_name(entry.country, get_language() or "en")
    known = (
        ("action", entry.action, entry.action),
        ("person", event.who, entry.actor),
        ("account", event.whose, entry.account),
        ("case", entry.case, entry.case),
        ("address", entry.address, entry.address),
        ("country", country, entry.country),
        ("session", entry.session, entry.session),
        ("request", entry.request, entry.request),
    )
    return [
        Value(str(SearchForm.base_fields[name].label), str(text), url_of({name: str(value)}))
        for name, text, value in known
        if value not in (None, "")
    ]


def moment_of(when: datetime, unit: str) -> str:
    """``when`` as finely as ``unit`` needs it."""
    if unit == "month":
        return date_format(timezone.localtime(when), pgettext("date format", "M Y"))
    if unit in ("day", "week"):
        return date_format(timezone.localtime(when), pgettext("date format", "j M Y"))
    if unit == "second" and when.second:
        return date_format(timezone.localtime(when), pgettext("date format", "j M Y, H:i:s"))
    return date_format(timezone.localtime(when), pgettext("date format", "j M Y, H:i"))


def _words(name: str, filters: Filters, query: Mapping[str, str], people: Mapping[int, str]) -> str:
    if name in ("account", "person"):
        comma = pgettext("between the parts of a list", ", ")
        return comma.join(people[number] for number in getattr(filters, name))
    if name == "action":
        return _action_words(filters.action)
    if name == "outcome":
        return humanize("outcome", filters.outcome)
    if name == "country":
        return country_name(filters.country, get_language() or "en")
    if name in ("since", "until"):
        return moment_of(getattr(filters, name), "second")
    return query[name]


def _action_words(action: str) -> str:
    """A type by its sentence, a group by its title; of several types the first two, and how many more."""
    groups = {group.name: str(group.title) for group in registry.GROUPS}
    if action in groups:
        return groups[action]
    if action not in registry.TYPES and "," not in action:
        return f"{action}.*"
    titles = [registry.TYPES[name].title for name in types_of(action)]
    words = pgettext("between the parts of a list", ", ").join(titles[:2])
    more = len(titles) - 2
    if more <= 0:
        return words
    rest = ngettext("%(types)s and %(count)d more", "%(types)s and %(count)d more", more)
    return rest % {"types": words, "count": more}


def _title(bucket: Bucket, unit: str) -> str:
    words = ngettext("%(time)s: %(count)d event", "%(time)s: %(count)d events", bucket.count)
    return words % {"time": moment_of(bucket.start, unit), "count": bucket.count}


def _url_within(bucket: Bucket, filters: Filters) -> str:
    since = max(bucket.start, filters.since) if filters.since else bucket.start
    until = min(bucket.end, filters.until) if filters.until else bucket.end
    return url_of({**query_of(filters), "since": stamp(since), "until": stamp(until)})
