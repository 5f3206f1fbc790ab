"""What is typed on the page of a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.authenticators import registry
from accounts.authenticators.fields import CodeField
from recovery.claimant.forms.moment import LocalTimeField, MomentForm
from recovery.models.evidence import Method


class TimeForm(MomentForm):
    """Call me at another time."""

    due_at = LocalTimeField(
        label=gettext_lazy("Day and time"),
        error_messages={"required": gettext_lazy("Choose a day and time.")},
    )


class AnswerForm(forms.Form):
    """The answer to one question of the agent."""

    answer = CodeField()

    def __init__(self, *args: Any, method: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if method != Method.EMAIL_CODE:
            self.fields["answer"] = registry.by_factor(method).field()
