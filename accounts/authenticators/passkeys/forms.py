from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.fields import CeremonyField
from accounts.authenticators.passkeys import ceremonies, labels
from common.fields import NameField


class PasskeyField(CeremonyField):
    """A passkey as the browser has shown or made it; whether it is right is for the services to say."""

    ceremony = labels.CEREMONY
    default_error_messages = {
        "required": _("No passkey was shown. Try again, or choose another way."),
        "shape": _("Your browser sent something that isn’t a passkey. Try again, or choose another way."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=ceremonies.MAX_LENGTH, **kwargs)
        self.error_messages["max_length"] = self.error_messages["shape"]

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        if typed and ceremonies.read(typed) is None:
            raise ValidationError(self.error_messages["shape"], code="shape")
        return typed


class PasskeyForm(forms.Form):
    code = PasskeyField(label=labels.WORDS.sign_in.label)


class NewPasskeyForm(forms.Form):
    code = PasskeyField(
        label=labels.WORDS.label,
        error_messages={"required": _("No passkey was created. Try again, or choose another way.")},
    )
    name = NameField(label=_("Name for this passkey"), required=False, max_length=64)
