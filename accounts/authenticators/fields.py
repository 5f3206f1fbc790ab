"""Fields for codes. The shape is looked at before anything counts: a slip of the finger costs no try."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import codes

DIGITS, RECOVERY = 6, 16


def _is_recovery_code(plain: str) -> bool:
    return len(plain) == RECOVERY and set(plain.translate(codes.MISREAD)) <= set(codes.ALPHABET)


class CodeField(forms.CharField):
    """Six digits from a code app, a mail or a call, in any script's digits and any spelling."""

    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    default_error_messages = {
        "required": _("Enter the code."),
        "shape": _("The code has 6 digits. Check it and try again."),
        "recovery_code": _("This looks like a recovery code. Enter the 6-digit code instead."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        plain = codes.typed(super().clean(value))
        if len(plain) != DIGITS or not plain.isdecimal():
            code = "recovery_code" if _is_recovery_code(plain) else "shape"
            raise ValidationError(self.error_messages[code], code=code)
        return plain


class AnyCodeField(forms.CharField):
    """A code of a code app or a saved recovery code: which of them it is, its shape says."""

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
        if not (len(plain) == DIGITS and plain.isdecimal()) and not _is_recovery_code(plain):
            raise ValidationError(self.error_messages["shape"], code="shape")
        return plain


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
        if not _is_recovery_code(plain):
            raise ValidationError(self.error_messages["shape"], code="shape")
        return plain
