"""How times, codes, names and icons are shown. A builtin of every template; see the page of components.

Times are shown in the zone that the middleware activated for the person. Everything here only renders.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from accounts import change_types
from accounts.doubt.signals import Reason
from accounts.doubt.words import REASONS
from common import clock
from common.local_time import exact_words, zone_name

register = template.Library()

MINUTE, HOUR, DAY = 60, 3600, 86400


# Parts that are always the same


class _Kept(template.Node):
    def __init__(self, nodes: template.NodeList) -> None:
        self.nodes = nodes
        self.rendered: dict[str | None, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        language = get_language()
        kept = self.rendered.get(language)
        if kept is None:
            kept = self.rendered[language] = self.nodes.render(context)
        return kept


@register.tag
def kept(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """``{% kept %}...{% endkept %}``: rendered once in each language and then reused, in every page.

    Only for what depends on the settings and the language: never on the request, the person or a token.
    """
    nodes = parser.parse(["endkept"])
    parser.delete_first_token()
    return _Kept(nodes)


# Times


def _local(when: datetime) -> datetime:
    return timezone.localtime(when)


def _hour(when: datetime) -> str:
    return f"{_local(when):%H:%M}"


def _written(when: datetime, words: str) -> SafeString:
    # An element of its own: a line may break before and after the day, but not within it.
    return format_html('<time datetime="{}">{}</time>', when.isoformat(timespec="seconds"), words)


@register.filter
def exact(when: datetime | None) -> SafeString:
    """Day, time and zone in words: ``22 Nov 2026, 23:41 JST``."""
    return _written(when, exact_words(when)) if when else SafeString("")


@register.filter
def exact_second(when: datetime | None) -> SafeString:
    """As :func:`exact`, to the second: ``22 Nov 2026, 23:41:07 JST``."""
    return _written(when, _to_the_second(_local(when))) if when else SafeString("")


@register.filter
def exact_utc(when: datetime | None) -> SafeString:
    """As :func:`exact_second`, by the clock of the world: ``22 Nov 2026, 14:41:07 UTC``."""
    return _written(when, _to_the_second(when.astimezone(UTC))) if when else SafeString("")


def _to_the_second(when: datetime) -> str:
    # Translators: Django date format of a day with its time to the second
    return f"{date_format(when, pgettext('date format', 'j M Y, H:i:s'))} {zone_name(when)}"


@register.filter
def day(when: datetime | None) -> str:
    """The day in words: ``22 Nov 2026``."""
    # Translators: Django date format of a day
    return date_format(_local(when), pgettext("date format", "j M Y")) if when else ""


def relative(when: datetime, now: datetime) -> str:
    """``when`` as a person would say it at ``now``: minutes and hours, then days by name, then the date."""
    seconds = (now - when).total_seconds()
    if abs(seconds) < 45:
        return gettext("just now")
    if abs(seconds) < 90 * MINUTE:
        count = max(1, round(abs(seconds) / MINUTE))
        if seconds > 0:
            return ngettext("%(count)d minute ago", "%(count)d minutes ago", count) % {"count": count}
        return ngettext("in %(count)d minute", "in %(count)d minutes", count) % {"count": count}
    days = (_local(now).date() - _local(when).date()).days
    if abs(seconds) < 12 * HOUR or days == 0:
        count = round(abs(seconds) / HOUR)
        if seconds > 0:
            return ngettext("%(count)d hour ago", "%(count)d hours ago", count) % {"count": count}
        return ngettext("in %(count)d hour", "in %(count)d hours", count) % {"count": count}
    if days == 1:
        return gettext("yesterday at %(time)s") % {"time": _hour(when)}
    if days == -1:
        return gettext("tomorrow at %(time)s") % {"time": _hour(when)}
    if 0 < days < 7:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    if _local(when).year == _local(now).year:
        # Translators: Django date format of a day of this year with its time
        return date_format(_local(when), pgettext("date format", "j M, H:i"))
    # Translators: Django date format of a day with its time
    return date_format(_local(when), pgettext("date format", "j M Y, H:i"))


def _time(when: datetime, words: str, css: str, *, focusable: bool) -> SafeString:
    return format_html(
        '<time class="{}" datetime="{}" title="{}"{}>{}</time>',
        css,
        when.isoformat(timespec="seconds"),
        exact_words(when),
        format_html(' tabindex="0" data-exact="{}"', exact_words(when)) if focusable else "",
        words,
    )


@register.filter
def moment(when: datetime | None) -> SafeString:
    """The relative time; the exact one in the person's zone on hover and on focus."""
    return _time(when, relative(when, clock.now()), "moment", focusable=True) if when else SafeString("")


@register.filter
def ago(when: datetime | None) -> SafeString:
    """As :func:`moment`, but no stop of the Tab key: for long tables."""
    return _time(when, relative(when, clock.now()), "moment", focusable=False) if when else SafeString("")


@register.filter(name="clock")
def clock_time(when: datetime | None) -> SafeString:
    """Hours and minutes in the person's zone: ``23:41``."""
    return _time(when, _hour(when), "clock", focusable=False) if when else SafeString("")


def _seconds(value: timedelta | float) -> int:
    return int(value.total_seconds() if isinstance(value, timedelta) else value)


@register.filter
def duration(value: timedelta | float | None) -> str:
    """A length of time as a clock shows it: ``0:41``, ``12:05``, ``1:02:33``."""
    if value is None:
        return ""
    minutes, seconds = divmod(max(0, _seconds(value)), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def spell(value: timedelta | float | None) -> str:
    """A length of time in one word and its number: ``14 minutes``, ``2 hours``, ``3 days``."""
    if value is None:
        return ""
    seconds = abs(_seconds(value))
    if seconds < 90:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    if seconds < 90 * MINUTE:
        count = round(seconds / MINUTE)
        return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
    if seconds < 2 * DAY:
        count = round(seconds / HOUR)
        return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
    count = round(seconds / DAY)
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


# Codes and places


@register.filter
def grouped(code: str | None) -> SafeString:
    """A code in groups, read out sign by sign by a screen reader, copied whole and without blanks."""
    if not code:
        return SafeString("")
    plain = "".join(char for char in code if char.isalnum())
    size = 4 if len(plain) % 4 == 0 else 3
    groups = format_html_join(
        "", "<span>{}</span>", ((plain[at : at + size],) for at in range(0, len(plain), size))
    )
    return format_html(
        '<span class="code" translate="no"><span class="groups" aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        groups,
        " ".join(plain),
    )


@lru_cache(maxsize=8)
def _territories(language: str) -> dict[str, str]:
    try:
        return dict(Locale.parse(language, sep="-").territories)
    except (UnknownLocaleError, ValueError):
        return dict(Locale("en").territories)


@register.filter
def place(country: str | None) -> str:
    """The country's name in the page's language; *an unknown place* where we do not know it."""
    if not country:
        return gettext("an unknown place")
    return _territories(get_language() or "en").get(country.upper(), country)


# Names


@register.filter
def isolated(name: object) -> SafeString:
    """What a person chose to be called, or to call a thing: in any script it turns round only itself."""
    return format_html("<bdi>{}</bdi>", name)


@register.filter
def change_title(kind: str) -> str:
    """What was changed, said to the owner of the account."""
    return str(change_types.by_kind(kind).title)


@register.filter
def reason_words(reason: Reason) -> str:
    """Why a session or a change is doubted."""
    return str(REASONS[reason])


@register.filter
def change_asked(kind: str) -> str:
    """What somebody asked for, where it has not taken effect."""
    return str(change_types.by_kind(kind).asked)


# Icons


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture of ``static/img/icons.svg``; without a label it is decoration and hidden from readers."""
    meaning = (
        format_html(' role="img" aria-label="{}"', label) if label else SafeString(' aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon" width="20" height="20"{}><use href="{}#{}"/></svg>',
        meaning,
        static("img/icons.svg"),
        name,
    )


# Progress and figures

STEPS = ("asked", "in_line", "calling", "talking", "done")


@register.inclusion_tag("components/steps.html")
def steps(current: str) -> dict[str, Any]:
    """Where the case is on its way: ``asked``, ``in_line``, ``calling``, ``talking`` or ``done``."""
    words = {
        "asked": gettext("Requested"),
        "in_line": gettext("In queue"),
        "calling": gettext("Calling"),
        "talking": gettext("On the call"),
        "done": gettext("Done"),
    }
    at = STEPS.index(current)
    return {
        "steps": [
            {
                "label": words[name],
                "state": "past" if i < at or current == "done" else "now" if i == at else "ahead",
            }
            for i, name in enumerate(STEPS)
        ],
        "position": at + 1,
        "count": len(STEPS),
        "label": words[current],
    }


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[float], label: str = "") -> dict[str, Any]:
    """A small line of figures, oldest first, as SVG; ``label`` says in words what it shows."""
    top = max(values, default=0) or 1
    step = 100 / max(1, len(values) - 1)
    points = [(round(i * step, 1), round(22 - 20 * value / top, 1)) for i, value in enumerate(values)]
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1] if points else None,
        "label": label,
    }


@register.inclusion_tag("components/columns.html")
def columns(values: Sequence[float], label: str = "", first: str = "", last: str = "") -> dict[str, Any]:
    """A histogram as SVG: one column a value, oldest first; ``first`` and ``last`` name its ends."""
    top = max(values, default=0) or 1
    width = 100 / max(1, len(values))
    bars = [
        {"x": round(i * width, 2), "height": round(30 * value / top, 2), "y": round(30 - 30 * value / top, 2)}
        for i, value in enumerate(values)
    ]
    return {"bars": bars, "width": round(width * 0.82, 2), "label": label, "first": first, "last": last}
