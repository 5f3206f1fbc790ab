"""What is asked before a call: one form a page, and all of them together as they are sent at the end."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.fields import EmailAddressField, LinesField
from recovery.claimant.forms.moment import MomentForm
from recovery.claimant.forms.number import NumberForm
from recovery.models.case import Category, Noticed, Since


class NoticedForm(forms.Form):
    """What they noticed, and since when."""

    noticed = forms.MultipleChoiceField(
        label=gettext_lazy("What did you notice?"), choices=Noticed.choices, required=False
    )
    since = forms.ChoiceField(
        label=gettext_lazy("When did it start, roughly?"),
        choices=Since.choices,
        initial=Since.UNKNOWN,
        required=False,
    )
    said = LinesField(
        label=gettext_lazy("In your own words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        typed["since"] = typed.get("since") or Since.UNKNOWN.value
        typed["noticed"] = tuple(sorted(typed.get("noticed") or ()))
        return typed


class EmailForm(forms.Form):
    """Which account it is about."""

    email = EmailAddressField(
        label=gettext_lazy("E-mail address"),
        autocomplete="email",
        error_messages={"required": gettext_lazy("Enter the e-mail address of the account.")},
    )


class WhenForm(MomentForm):
    """When to call, and in which language."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label=gettext_lazy("When should we call?"),
        choices=[(NOW, gettext_lazy("As soon as possible")), (LATER, gettext_lazy("At a time you choose"))],
        initial=NOW,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language for the call"), choices=[("en", "English"), ("ja", "日本語")]
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("when") == self.NOW:
            typed["due_at"] = None
            self.errors.pop("due_at", None)
        elif typed.get("due_at") is None and "due_at" not in self.errors:
            self.add_error("due_at", _("Choose a day and time."))
        return typed


class CallForm(NoticedForm, EmailForm, NumberForm, WhenForm):
    """All of it: call me, at this number, about the account with this e-mail."""


NOTICED_AT_DOOR: dict[Category, Noticed] = {
    Category.TAKEN_OVER: Noticed.NOT_MINE,
    Category.LOST_FACTOR: Noticed.LOST_FACTOR,
    Category.CANT_SIGN_IN: Noticed.CANT_SIGN_IN,
}
"""What is ticked already for who comes by this door."""
