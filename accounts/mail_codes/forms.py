from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from notifications import linkless, references


class MailCodeField(forms.CharField):
    """A code in any case, spacing and width. What has its shape may be a code: nothing is looked up here."""

    # Letters too: no keyboard of digits only.
    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"})
    default_error_messages = {
        "required": _("Enter the code from the e-mail."),
        "shape": _("The code has 16 letters and digits. Check that you entered all of it."),
        "reference": _(
            "This looks like the reference at the end of the e-mail. "
            "Enter the code with 16 letters and digits instead."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def clean(self, value: Any) -> str:
        code = linkless.plain(super().clean(value))
        if len(code) != linkless.LENGTH:
            fault = "reference" if len(code) == references.LENGTH else "shape"
            raise ValidationError(self.error_messages[fault], code=fault)
        return code


class MailCodeForm(forms.Form):
    code = MailCodeField(label=_("Code from the e-mail"))
