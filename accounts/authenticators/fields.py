"""The field for six digits. Their shape comes before anything counts: a slip of the finger costs no try.

And what the hidden fields of browser ceremonies have in common.
"""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.base import Ceremony
from accounts.authenticators.recovery_codes import services as recovery_codes
from common import codes

DIGITS = 6


def is_digits(plain: str) -> bool:
    return len(plain) == DIGITS and plain.isdecimal()


class CodeField(forms.CharField):
    """Six digits from a code app, a mail or a call, in any script's digits and any spelling."""

    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    default_error_messages = {
        "required": _("Enter the code."),
        "shape": _("The code has 6 digits. Check it and try again."),
        "saved_code": _("This looks like a recovery code. Enter the 6-digit code instead."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        plain = codes.typed(super().clean(value))
        if not is_digits(plain):
            code = "saved_code" if recovery_codes.is_code(plain) else "shape"
            raise ValidationError(self.error_messages[code], code=code)
        return plain


class CeremonyField(forms.CharField):
    """What a ceremony of the browser puts into the page; nobody types it. Each kind has its own class."""

    widget = forms.HiddenInput
    ceremony: ClassVar[Ceremony]
