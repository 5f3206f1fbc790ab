from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.recovery_codes import labels
from accounts.authenticators.recovery_codes.services import is_code
from common import codes


class RecoveryCodeField(forms.CharField):
    """One of the saved codes. Not ``one-time-code``: a phone would offer the code of some message there."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"})
    default_error_messages = {
        "required": _("Enter the code."),
        "shape": _("A recovery code has 16 letters and digits. Check it and try again."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        plain = codes.typed(super().clean(value))
        if not is_code(plain):
            raise ValidationError(self.error_messages["shape"], code="shape")
        return plain


class RecoveryCodeForm(forms.Form):
    code = RecoveryCodeField(label=labels.WORDS.sign_in.label)
