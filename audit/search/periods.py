"""A day, a month or a stretch of time as people write it, in English or Japanese: ``yesterday``, ``3月1日``.

Plain text in, two moments out, in the zone of who asks. Where clocks change, the wider reading counts.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from common.local_time import readings

Span = tuple[datetime | None, datetime | None]
"""From and to, without the end; None where it is open."""
_Local = tuple[datetime, datetime]

_DAY = timedelta(days=1)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_UNITS = (
    (r"minutes?|分", timedelta(minutes=1)),
    (r"hours?|時間", timedelta(hours=1)),
    (r"days?|日", _DAY),
    (r"weeks?|週", timedelta(weeks=1)),
)
_DATES = (
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
    r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
    rf"(?P<day>\d{{1,2}}) {_MONTH}(?:,? (?P<year>\d{{4}}))?",
    rf"{_MONTH} (?P<day>\d{{1,2}})(?:,? (?P<year>\d{{4}}))?",
    r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
    r"(?P<year>\d{4})年(?P<month>\d{1,2})月",
    rf"{_MONTH} (?P<year>\d{{4}})",
    r"(?P<year>\d{4})年",
)
_TIME = re.compile(
    r"(?P<date>.*?)[ t]*(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?|時(?:(?P<minutes>\d{1,2})分)?)"
)
_BETWEEN = re.compile(r"(?:from )?(?P<from>.+?) ?(?: to | until |\.\.|–|〜|~|から) ?(?P<to>.+?)(?:まで)?")
_SINCE = re.compile(r"(?:since|from) (.+)|(.+?)(?:から|以降)")
_UNTIL = re.compile(r"(?:until|till|up to|to) (.+)|(.+?)まで")
_BEFORE = re.compile(r"before (.+)|(.+?)(?:より前|以前)")
_AFTER = re.compile(r"after (.+)|(.+?)より後")


def read(text: str, now: datetime) -> Span | None:
    """What ``text`` means, all of it; None where it is no time that we understand."""
    text = text.casefold().strip()
    local = timezone.localtime(now).replace(tzinfo=None)
    try:
        return _rolling(text, now) or _open(text, local) or _between(text, local) or _single(text, local)
    except (ValueError, OverflowError):
        return None  # the 31st of February


def _rolling(text: str, now: datetime) -> Span | None:
    """The time just past: from a moment on, without an end."""
    for words, unit in _UNITS:
        found = re.fullmatch(rf"(?:(?:last|past) |過去|直近)(\d{{0,4}}) ?(?:{words})間?", text)
        # "Last week" is the calendar's; "last hour" and "last day" are the time just past.
        if found and text != "last week":
            return now.replace(second=0, microsecond=0) - int(found[1] or 1) * unit, None
    return None


def _open(text: str, now: datetime) -> Span | None:
    ends: tuple[tuple[re.Pattern[str], Callable[[_Local], Span]], ...] = (
        (_SINCE, lambda span: (_first(span[0]), None)),
        (_AFTER, lambda span: (_first(span[1]), None)),
        (_UNTIL, lambda span: (None, _last(_end(span)))),
        (_BEFORE, lambda span: (None, _last(span[0]))),
    )
    for pattern, of in ends:
        found = pattern.fullmatch(text)
        if found and (span := _local(found[1] or found[2], now, now)):
            return of(span)
    return None


def _between(text: str, now: datetime) -> Span | None:
    found = _BETWEEN.fullmatch(text)
    first = _local(found["from"], now, now) if found else None
    # Of "1 Mar 10:00 to 11:00" both are on the same day.
    last = _local(found["to"], now, first[0]) if found and first else None
    if first is None or last is None or _end(last) <= first[0]:
        return None
    return _first(first[0]), _last(_end(last))


def _end(span: _Local) -> datetime:
    """Until Monday: that day too. Until 11:00: not the minute that begins then."""
    return span[1] if span[1] - span[0] >= _DAY else span[0]


def _single(text: str, now: datetime) -> Span | None:
    span = _local(text, now, now)
    return (_first(span[0]), _last(span[1])) if span else None


def _first(local: datetime) -> datetime:
    return _possible(local)[0]


def _last(local: datetime) -> datetime:
    return _possible(local)[-1]


def _possible(local: datetime) -> list[datetime]:
    if not 2000 <= local.year < 2200:
        raise ValueError(local)
    return readings(local, timezone.get_current_timezone())


def _local(text: str, now: datetime, day: datetime) -> _Local | None:
    """A day, a longer time, or a time of day, which without a date is on ``day``."""
    text = text.strip()
    if span := _date(text, now):
        return span
    found = _TIME.fullmatch(text)
    if not found:
        return None
    date = (
        _date(found["date"].rstrip(" ,"), now) if found["date"] else (_midnight(day), _midnight(day) + _DAY)
    )
    if date is None or date[1] - date[0] != _DAY:
        return None
    start = date[0].replace(
        hour=int(found["hour"]),
        minute=int(found["minute"] or found["minutes"] or 0),
        second=int(found["second"] or 0),
    )
    if found["second"]:
        return start, start + timedelta(seconds=1)
    whole_hour = found["minute"] is None and found["minutes"] is None
    return start, start + (timedelta(hours=1) if whole_hour else timedelta(minutes=1))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _date(text: str, now: datetime) -> _Local | None:
    today = _midnight(now)
    monday, first = today - today.weekday() * _DAY, today.replace(day=1)
    named: dict[str, _Local] = {
        **dict.fromkeys(("today", "今日", "本日"), (today, today + _DAY)),
        **dict.fromkeys(("yesterday", "昨日"), (today - _DAY, today)),
        **dict.fromkeys(("一昨日", "おととい"), (today - 2 * _DAY, today - _DAY)),
        **dict.fromkeys(("this week", "今週"), (monday, monday + 7 * _DAY)),
        **dict.fromkeys(("last week", "先週"), (monday - 7 * _DAY, monday)),
        **dict.fromkeys(("this month", "今月"), (first, _next_month(first))),
        **dict.fromkeys(("last month", "先月"), ((first - _DAY).replace(day=1), first)),
    }
    if text in named:
        return named[text]
    for pattern in _DATES:
        if found := re.fullmatch(pattern, text):
            return _dated(found.groupdict(), today)
    return None


def _dated(parts: dict[str, str | None], today: datetime) -> _Local:
    name, year, day = parts.get("name"), parts.get("year"), parts.get("day")
    month = _MONTHS.index(name) + 1 if name else int(parts.get("month") or 0)
    if not month:
        start = datetime(int(year or 0), 1, 1)  # noqa: DTZ001 - a wall clock's, made aware above
        return start, start.replace(year=start.year + 1)
    if not day:
        start = datetime(int(year or 0), month, 1)  # noqa: DTZ001
        return start, _next_month(start)
    start = datetime(int(year or today.year), month, int(day))  # noqa: DTZ001
    if not year and start > today:
        start = start.replace(year=start.year - 1)
    return start, start + _DAY


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)
