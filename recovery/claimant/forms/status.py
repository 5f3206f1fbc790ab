"""What is typed on the page of a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from recovery.claimant.forms.moment import LocalTimeField, MomentForm
from recovery.evidence.methods import registry as methods


class TimeForm(MomentForm):
    """Call me at another time."""

    due_at = LocalTimeField(
        label=gettext_lazy("Day and time"),
        error_messages={"required": gettext_lazy("Choose a day and time.")},
    )


class AnswerForm(forms.Form):
    """The answer to one question of the agent."""

    def __init__(self, *args: Any, method: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = methods.by_name(method).field()
        self.fields["answer"] = field
        self.ceremony = getattr(field, "ceremony", None)
