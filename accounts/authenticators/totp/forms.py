from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.fields import CodeField
from accounts.authenticators.totp import labels
from common.fields import NameField


class CodeForm(forms.Form):
    code = CodeField(
        label=labels.WORDS.sign_in.label,
        error_messages={
            "saved_code": _("This looks like a recovery code. Choose “Use a recovery code instead” below.")
        },
    )


class EnrolForm(forms.Form):
    code = CodeField(label=_("Code shown in your app"))
    name = NameField(label=_("Name for this app or device"), required=False, max_length=64)
