"""What a search of the trail asks for, as typed and as it stands in the URL."""

import ipaddress
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import registry
from audit.models import Outcome
from audit.reading import Filters, Network, types_of
from audit.search import box
from audit.search.people import known_as, numbered
from common import clock
from common.local_time import readings

FILTERS = tuple(field.name for field in fields(Filters))
IN_BOX = ("account", "address", "country", "case")
"""What the search box says as well as a field could: as fields they are only kept, out of sight."""


class BoxField(forms.CharField):
    """Everything in one line. What it understands counts before what the fields say."""

    widget = forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"})

    def clean(self, value: Any) -> box.Understood:
        return box.read(super().clean(value), clock.now())


class PeopleField(forms.CharField):
    """One or more accounts: by number, by an address that they have or had, or by a part of a name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, required=False, **kwargs)

    def clean(self, value: Any) -> tuple[int, ...]:
        text = super().clean(value)
        found: tuple[int, ...] = (numbered(text) or known_as(text)) if text else ()
        if text and not found:
            raise forms.ValidationError(_("No account matches this address, name or number."))
        return found


class NetworkField(forms.CharField):
    """An address, or a network as ``203.0.113.0/24``."""

    def clean(self, value: Any) -> Network | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise forms.ValidationError(
                _("Enter an IP address like 203.0.113.7, or a whole network like 203.0.113.0/24.")
            ) from None


def actions(chosen: str = "") -> list[tuple[Any, Any]]:
    """Every type by its group; where a group's name begins the names of its types, all of them too.

    ``chosen``: several types that the search box has found, which no single choice names.
    """
    choices: list[tuple[Any, Any]] = [("", _("anything"))]
    if "," in chosen:
        choices.append((chosen, _("as in the search box")))
    for group in registry.GROUPS:
        kinds: list[tuple[str, Any]] = [(kind.name, kind.title) for kind in group.types]
        if len(registry.under(group.name)) == len(kinds):
            kinds.insert(0, (group.name, _("all of these")))
        choices.append((group.title, kinds))
    return choices


class MomentField(forms.DateTimeField):
    """A moment in the zone of who searches. A time that means two, as clocks change, widens the search."""

    def __init__(self, *, wider: Callable[[list[datetime]], datetime], **kwargs: Any) -> None:
        attrs = {"type": "datetime-local", "step": "1"}
        widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(required=False, widget=widget, **kwargs)
        self._wider = wider

    def to_python(self, value: Any) -> datetime | None:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
        zone = timezone.get_current_timezone()
        with timezone.override(UTC):
            local = super().to_python(value)
        return self._wider(readings(local.replace(tzinfo=None), zone)) if local else None


class SearchForm(forms.Form):
    q = BoxField(label=_("Search"), required=False, max_length=box.MAX_LENGTH)
    account = PeopleField(label=_("Account"))
    person = PeopleField(label=_("Done by"), help_text=_("Address, name or number"))
    action = forms.CharField(label=_("Event type"), required=False, max_length=1000)
    address = NetworkField(label=_("IP address"), required=False, max_length=50)
    country = forms.RegexField(
        label=_("Country"),
        required=False,
        regex=r"^[A-Za-z]{2}$",
        error_messages={"invalid": _("Enter the country as two letters, for example JP.")},
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            ("", _("any")),
            (Outcome.OK.value, _("done")),
            (Outcome.FAILED.value, _("failed")),
            (Outcome.DENIED.value, _("denied")),
        ],
    )
    case = forms.IntegerField(label=_("Case"), required=False, min_value=1, max_value=2**63 - 1)
    session = forms.UUIDField(label=_("Session"), required=False)
    request = forms.UUIDField(label=_("Request"), required=False)
    since = MomentField(label=_("From"), wider=min)
    until = MomentField(label=_("To"), wider=max)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get("action", "") if self.is_bound else self.initial.get("action", "")
        self.fields["action"].widget = forms.Select(choices=actions(chosen))
        for name in ("person", "session", "request"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def more(self) -> list[forms.BoundField]:
        """The fields for what the search box cannot say, or not as exactly."""
        return [self[name] for name in FILTERS if name not in IN_BOX or name in self.errors]

    def kept(self) -> list[forms.BoundField]:
        return [self[name] for name in IN_BOX if name not in self.errors]

    def clean_action(self) -> str:
        action: str = self.cleaned_data["action"].removesuffix(".*")
        if action and not types_of(action):
            raise forms.ValidationError(_("There’s no event of this type."))
        return action

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> dict[str, Any]:
        understood: box.Understood = self.cleaned_data.get("q") or box.Understood()
        self.cleaned_data |= understood.fields
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        for name, moment in (("since", since), ("until", until)):
            if moment and not 2000 <= moment.year < 2200:
                self.add_error(name, _("Enter a year between 2000 and 2199."))
        if since and until and since >= until:
            self.add_error("until", _("The end must be after the start."))
        return self.cleaned_data

    def filters(self) -> Filters:
        return Filters(**{name: self.cleaned_data[name] for name in FILTERS})

    def not_understood(self) -> list[str]:
        understood: box.Understood = self.cleaned_data["q"]
        return understood.rest


def stamp(moment: datetime) -> str:
    """A moment as it stands in a URL."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def query_of(filters: Filters) -> dict[str, str]:
    """``filters`` as they stand in a URL: by numbers and in UTC, so that it means the same to everyone."""
    query: dict[str, str] = {}
    for name in FILTERS:
        value = getattr(filters, name)
        if value in (None, "", ()):
            continue
        if name in ("account", "person"):
            query[name] = ",".join(str(number) for number in value)
        elif name in ("since", "until"):
            query[name] = stamp(value)
        elif name == "address":
            single = value.prefixlen == value.max_prefixlen
            query[name] = str(value.network_address if single else value)
        else:
            query[name] = str(value)
    return query


def initial_of(filters: Filters) -> dict[str, Any]:
    """``filters`` as they stand in the form: times in the zone of who searches."""
    shown: dict[str, Any] = dict(query_of(filters))
    for name in ("since", "until"):
        moment = getattr(filters, name)
        if moment is not None:
            shown[name] = timezone.localtime(moment)
    return shown
