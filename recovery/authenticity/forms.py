"""What somebody types who doubts whether it is us: what stands in the mail, or what they heard."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import EmailAddressField, NameField
from recovery.claimant.forms.number import NumberField


class MailForm(forms.Form):
    """Any text is taken for a reference: a wrong one is answered as one that does not exist."""

    reference = forms.CharField(
        label=_("Reference at the end of the e-mail"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the reference. It’s at the end of the e-mail.")},
    )
    email = EmailAddressField(
        label=_("Address that received the e-mail"),
        autocomplete="email",
        error_messages={"required": _("Enter the address that received the e-mail.")},
    )


class CallForm(forms.Form):
    number = NumberField(
        label=_("Your phone number (the one that was called)"),
        error_messages={
            "required": _("Enter the phone number that was called."),
            "uncallable": _(
                "We don’t call numbers like this. Check the number. If it’s correct, the call wasn’t from us."
            ),
        },
    )
    name = NameField(
        label=_("Name of the caller"),
        max_length=80,
        error_messages={"required": _("Enter the name the caller gave.")},
    )

    def __init__(self, *args: Any, regions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].regions = regions  # type: ignore[attr-defined]
