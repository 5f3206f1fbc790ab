"""What a search of the trail asks for, as typed and as it stands in the URL."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import registry as event_types
from audit import signals
from audit.models import Outcome
from audit.reading import Filters, Network
from common.email_addresses import normal_or_none
from common.local_time import readings

MOST_PEOPLE = 20


class PeopleField(forms.CharField):
    """One or more accounts: by number, by an address that they have or had, or by a part of a name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, required=False, **kwargs)

    def clean(self, value: Any) -> tuple[int, ...]:
        text = super().clean(value)
        if not text:
            return ()
        parts = text.split(",")
        if all(part.strip().isdecimal() and part.strip().isascii() for part in parts):
            numbers = tuple(int(part) for part in parts)[:MOST_PEOPLE]
            if all(number < 2**63 for number in numbers):
                return numbers
        found = self.known_as(text)
        if not found:
            raise forms.ValidationError(_("Nobody is known by this address, name or number."))
        return tuple(sorted(found)[:MOST_PEOPLE])

    def known_as(self, text: str) -> set[int]:
        address = normal_or_none(text)
        named = Q(email=address) if address else Q(name__icontains=text) | Q(name_latin__icontains=text)
        people = get_user_model().objects.filter(named).order_by("pk")
        found: set[int] = set(people.values_list("pk", flat=True)[:MOST_PEOPLE])
        answers: list[tuple[Any, Any]] = signals.account_sought.send(sender=type(self), text=text)
        for _receiver, numbers in answers:
            found.update(numbers or ())
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
                _("This is no address. Write it as 203.0.113.7, or a whole network as 203.0.113.0/24.")
            ) from None


def actions() -> list[tuple[Any, Any]]:
    """Every type by its group; where a group's name begins the names of its types, all of them too."""
    choices: list[tuple[Any, Any]] = [("", _("anything"))]
    for group in event_types.GROUPS:
        kinds: list[tuple[str, Any]] = [(kind.name, kind.title) for kind in group.types]
        if len(event_types.under(group.name)) == len(kinds):
            kinds.insert(0, (group.name, _("all of these")))
        choices.append((group.title, kinds))
    return choices


class MomentField(forms.DateTimeField):
    """A moment in the zone of who searches. A time that means two, as clocks change, widens the search."""

    def __init__(self, *, wider: Callable[[list[datetime]], datetime], **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
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
    account = PeopleField(label=_("Account"), help_text=_("Address, name or number"))
    person = PeopleField(label=_("Done by"), help_text=_("Address, name or number"))
    action = forms.CharField(label=_("What happened"), required=False, max_length=60)
    address = NetworkField(label=_("Internet address"), required=False, max_length=50)
    country = forms.RegexField(
        label=_("Country"),
        required=False,
        regex=r"^[A-Za-z]{2}$",
        help_text=_("Two letters, such as JP"),
        error_messages={"invalid": _("Write the country as two letters, such as JP.")},
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
        self.fields["action"].widget = forms.Select(choices=actions())
        for name in ("account", "person", "address", "country", "case", "session", "request"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean_action(self) -> str:
        action: str = self.cleaned_data["action"].removesuffix(".*")
        if action and not event_types.under(action):
            raise forms.ValidationError(_("There is no such event."))
        return action

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        for name, moment in (("since", since), ("until", until)):
            if moment and not 2000 <= moment.year < 2200:
                self.add_error(name, _("Write a year between 2000 and 2199."))
        if since and until and since >= until:
            self.add_error("until", _("The end must lie after the beginning."))
        return self.cleaned_data

    def filters(self) -> Filters:
        return Filters(**self.cleaned_data)


def stamp(moment: datetime) -> str:
    """A moment as it stands in a URL."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def query_of(filters: Filters) -> dict[str, str]:
    """``filters`` as they stand in a URL: by numbers and in UTC, so that it means the same to everyone."""
    query: dict[str, str] = {}
    for name in SearchForm.base_fields:
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
