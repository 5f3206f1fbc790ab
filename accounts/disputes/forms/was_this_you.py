from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.authenticators import registry
from accounts.authenticators.base import Kind
from common import codes


class AnyCodeField(forms.CharField):
    """A code of any kind of authenticator: which of them it is of, its shape says."""

    # Letters too: no keyboard of digits only.
    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"})
    default_error_messages = {
        "required": _("Enter the code."),
        "shape": _(
            "Enter a 6-digit code from your authenticator app, or a recovery code of 16 letters and digits."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        plain = codes.typed(super().clean(value))
        if not plain and not self.required:
            return ""
        if registry.recognised(plain) is None:
            raise ValidationError(self.error_messages["shape"], code="shape")
        return plain


class AnswerForm(forms.Form):
    """Which of the doubtful changes the answer is for, and something older, shown or typed."""

    groups = forms.MultipleChoiceField(
        label=_("Changes"),
        error_messages={"required": _("Choose the changes your answer covers.")},
    )
    code = AnyCodeField(label=_("Code"), required=False)

    def __init__(self, *args: Any, groups: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ceremonies = [kind for kind in registry.KINDS if kind.ceremony]
        for kind in self._ceremonies:
            self.fields[kind.factor] = kind.field(label=str(kind.words.older.label), required=False)
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(group, group) for group in groups]
        field.error_messages["invalid_choice"] = _(
            "Some of these changes have already been answered. Check the list again."
        )

    @property
    def chosen(self) -> Sequence[str]:
        """What is ticked, as it was typed: the only group is there without being asked for."""
        value: Sequence[str] = self["groups"].value() or []
        return value

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        answered = any(cleaned.get(name) for name in ("code", *(kind.factor for kind in self._ceremonies)))
        if not answered and not self.errors:
            field = self.fields["code"]
            self.add_error("code", ValidationError(field.error_messages["required"], code="required"))
        return cleaned

    @property
    def kind(self) -> Kind:
        """What was shown, or what the code that was typed is of."""
        shown = next((kind for kind in self._ceremonies if self.cleaned_data[kind.factor]), None)
        kind = shown or registry.recognised(self.cleaned_data["code"])
        assert kind is not None, "the field has recognised it"
        return kind

    def answer(self, request: HttpRequest) -> str:
        """That, as services take it."""
        return self.kind.taken(request, self.cleaned_data[self.answer_field])

    @property
    def answer_field(self) -> str:
        return self.kind.factor if self.kind.ceremony else "code"
