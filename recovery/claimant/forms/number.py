"""A telephone number in any spelling."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from telephony import numbers
from telephony.numbers import InvalidNumber


class NumberField(forms.CharField):
    """A telephone number in any spelling, as E.164.

    Without a ``+`` it is read as a number of the first of ``regions`` in which it is one. What cannot be
    called is refused with its reason, or with the error message ``uncallable`` where a form has one.
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
        raise ValidationError(self.error_messages.get("uncallable", str(refused)))


class NumberForm(forms.Form):
    """The number to call."""

    number = NumberField(
        label=gettext_lazy("Your phone number"),
        error_messages={"required": gettext_lazy("Enter the phone number we should call.")},
    )

    def __init__(self, *args: Any, regions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].regions = regions  # type: ignore[attr-defined]
