"""A day and a time of the next week, in the zone that the page says beside it, also where clocks change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from accounts import zones
from common import clock, local_time

MAX_AHEAD = timedelta(days=7)
_MINUTES = "%Y-%m-%dT%H:%M"


class _LocalTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"
    zone: tzinfo = UTC

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        soonest = clock.now().astimezone(self.zone) + timedelta(minutes=5)
        bounds = {"min": f"{soonest:{_MINUTES}}", "max": f"{soonest + MAX_AHEAD:{_MINUTES}}"}
        return super().get_context(name, value, bounds | (attrs or {}))


class LocalTimeField(forms.Field):
    """A day and a time as the clock on the wall shows them."""

    widget = _LocalTimeInput
    default_error_messages = {
        "invalid": gettext_lazy("Choose a day and time."),
    }

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            local = datetime.fromisoformat(str(value).strip())
        except ValueError:
            local = None
        if local is None or local.tzinfo is not None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return local


@dataclass(frozen=True)
class Reading:
    """One of the moments that a local time may mean."""

    value: str
    words: str
    chosen: bool


class MomentForm(forms.Form):
    """A moment of the next seven days: a local time, in the zone that the page says beside it.

    The form carries that zone, because the browser's may become known after the page was written. Where
    clocks change and the time may mean two moments, ``readings`` are offered, and one has to be chosen.
    """

    due_at = LocalTimeField(label=gettext_lazy("Day and time"), required=False)
    readings: Sequence[Reading] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._said = str(self.data.get("zone") or self.initial.get("zone") or "")
        self.zone = ZoneInfo(self._said) if self._said in zones.ZONES else timezone.get_current_timezone()
        self.fields["due_at"].widget.zone = self.zone

    @property
    def zone_in_words(self) -> str:
        """``Japan Time``; the short name where a zone has no place."""
        if str(self.zone) in zones.CHOICES:
            return get_timezone_name(self.zone, locale=get_language() or "en")
        return local_time.zone_name(clock.now().astimezone(self.zone))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        typed["zone"] = str(self.zone)
        if typed.get("due_at") is not None:
            try:
                typed["due_at"] = self._moment(typed["due_at"])
            except ValidationError as error:
                self.add_error("due_at", error)
        return typed

    def _moment(self, local: datetime) -> datetime:
        if self._said and self._said != str(self.zone):
            raise ValidationError(
                _("We couldn’t detect your time zone. Check the time: it’s in the zone shown here.")
            )
        over = ValidationError(_("This time has passed. Choose a later one."))
        too_far = ValidationError(_("Choose a time within the next 7 days."))
        # First without the zone: a time at the end of the calendar is none in another zone.
        here = clock.now().astimezone(self.zone).replace(tzinfo=None)
        if local < here - timedelta(days=1):
            raise over
        if local > here + MAX_AHEAD + timedelta(days=1):
            raise too_far
        moment = self._one_of(local)
        if moment <= clock.now():
            raise over
        if moment > clock.now() + MAX_AHEAD + timedelta(minutes=10):
            raise too_far
        return moment

    def _one_of(self, local: datetime) -> datetime:
        moments = local_time.readings(local, self.zone)
        if len(moments) == 1:
            return moments[0]
        said = self.data.get("reading")
        shown = [one.astimezone(self.zone) for one in moments]
        self.readings = [
            Reading(one.isoformat(), _reading_in_words(one, shown), one.isoformat() == said) for one in shown
        ]
        for one, reading in zip(moments, self.readings, strict=True):
            if reading.chosen:
                return one
        if shown[0].replace(tzinfo=None) == local:
            raise ValidationError(
                _("The clocks go back on this day, so this time happens twice. Choose one of the two.")
            )
        raise ValidationError(
            _(
                "The clocks go forward on this day, so this time doesn’t exist. Choose an "
                "earlier or later one."
            )
        )


def _reading_in_words(moment: datetime, moments: Sequence[datetime]) -> str:
    written = "H:i"
    if len({one.date() for one in moments}) > 1:
        # Translators: Django date format of a day of this year with its time
        written = pgettext("date format", "j M, H:i")
    said = {"time": date_format(moment, written), "zone": local_time.zone_name(moment)}
    if not any(one.dst() for one in moments):
        return _("%(time)s (%(zone)s)") % said
    if moment.utcoffset() == max(one.utcoffset() or timedelta() for one in moments):
        return _("%(time)s, summer time (%(zone)s)") % said
    return _("%(time)s, winter time (%(zone)s)") % said
