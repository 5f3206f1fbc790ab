"""What a claimant types: forgiving in spelling, exact about what is wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from babel.dates import get_timezone_name
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.addresses import normal
from accounts.forms.codes import CodeField, RecoveryCodeField
from common import clock
from recovery.models.evidence import Method
from telephony import numbers
from telephony.numbers import InvalidNumber

FARTHEST = timedelta(days=7)
_MINUTES = "%Y-%m-%dT%H:%M"


class AddressField(forms.EmailField):
    """An e-mail address as it was typed: full-width letters and capitals are forgiven."""

    def to_python(self, value: Any) -> str:
        return normal(super().to_python(value) or "")


class NumberField(forms.CharField):
    """A telephone number in any spelling, as E.164.

    Without a ``+`` it is read as a number of the first of ``regions`` in which it is one.
    """

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})

    def __init__(self, **kwargs: Any) -> None:
        self.regions: Sequence[str] = settings.CALL_REGIONS[:1]
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        refused: InvalidNumber | None = None
        for region in self.regions:
            try:
                return numbers.parse(text, region)
            except InvalidNumber as error:
                refused = refused or error
        raise ValidationError(str(refused))


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        soonest = timezone.localtime(clock.now()) + timedelta(minutes=5)
        bounds = {"min": f"{soonest:{_MINUTES}}", "max": f"{soonest + FARTHEST:{_MINUTES}}"}
        return super().get_context(name, value, bounds | (attrs or {}))


class MomentField(forms.DateTimeField):
    """A moment of the next seven days, in the zone that is shown beside it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = _Moment(format=_MINUTES)
        super().__init__(widget=widget, input_formats=[_MINUTES, f"{_MINUTES}:%S"], **kwargs)

    default_error_messages = {
        "invalid": gettext_lazy("Please choose a day and a time."),
    }

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment is None:
            return None
        if moment <= clock.now():
            raise ValidationError(_("This time is already over. Please choose a later one."))
        if moment > clock.now() + FARTHEST + timedelta(minutes=10):
            raise ValidationError(_("Please choose a time within the next seven days."))
        return moment


def zone_in_words() -> str:
    """The zone in which times are typed and shown: ``Japan Time``."""
    zone = timezone.get_current_timezone()
    name = str(zone)
    return name if name == "UTC" else get_timezone_name(zone, locale=get_language() or "en")


class CallForm(forms.Form):
    """Call me, at this number, about the account with this e-mail."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        choices=[(NOW, gettext_lazy("Now")), (LATER, gettext_lazy("At a time you choose"))], initial=NOW
    )
    due_at = MomentField(label=gettext_lazy("Day and time"), required=False)
    email = AddressField(
        label=gettext_lazy("The e-mail address you used to sign in with"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("Please type the e-mail address of the account."),
            "invalid": gettext_lazy(
                "This does not look like an e-mail address. It has an @ in it, as in name@example.com."
            ),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    number = NumberField(
        label=gettext_lazy("Your phone number"),
        error_messages={"required": gettext_lazy("Please type the number that we shall call.")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("We speak"), choices=[("en", "English"), ("ja", "日本語")]
    )

    def __init__(self, *args: Any, regions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].regions = regions  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("when") == self.NOW:
            typed["due_at"] = None
            self.errors.pop("due_at", None)
        elif typed.get("due_at") is None and "due_at" not in self.errors:
            self.add_error("due_at", _("Please choose a day and a time."))
        return typed


class NumberForm(forms.Form):
    """Call me at another number."""

    number = NumberField(
        label=gettext_lazy("Your phone number"),
        error_messages={"required": gettext_lazy("Please type the number that we shall call.")},
    )

    def __init__(self, *args: Any, regions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].regions = regions  # type: ignore[attr-defined]


class TimeForm(forms.Form):
    """Call me at another time."""

    due_at = MomentField(
        label=gettext_lazy("Day and time"),
        error_messages={"required": gettext_lazy("Please choose a day and a time.")},
    )


class AnswerForm(forms.Form):
    """The answer to one question of the agent."""

    answer = CodeField()

    def __init__(self, *args: Any, method: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if method == Method.RECOVERY_CODE:
            self.fields["answer"] = RecoveryCodeField()
