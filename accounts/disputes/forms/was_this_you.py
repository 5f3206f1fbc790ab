from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.fields import DIGITS, AnyCodeField
from accounts.enums import Factor


class AnswerForm(forms.Form):
    """Which of the doubtful changes the answer is for, and a code of something older."""

    groups = forms.MultipleChoiceField(
        label=_("Changes"),
        error_messages={"required": _("Choose the changes your answer covers.")},
    )
    code = AnyCodeField(label=_("Code"))

    def __init__(self, *args: Any, groups: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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

    @property
    def factor(self) -> Factor:
        return Factor.TOTP if len(self.cleaned_data["code"]) == DIGITS else Factor.RECOVERY_CODE
