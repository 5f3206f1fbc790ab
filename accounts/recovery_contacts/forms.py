from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import EmailAddressField, NameField


class ContactForm(forms.Form):
    name = NameField(
        label=_("Their name"),
        max_length=80,
        help_text=_("The name you know them by. They’ll see it in our e-mail."),
        error_messages={"required": _("Enter their name.")},
    )
    email = EmailAddressField(
        label=_("Their e-mail address"),
        autocomplete="off",
        error_messages={"required": _("Enter their e-mail address.")},
    )
    note = NameField(
        label=_("Note to yourself (optional)"),
        max_length=200,
        required=False,
        help_text=_("For example, who they are. Only you see it."),
    )
