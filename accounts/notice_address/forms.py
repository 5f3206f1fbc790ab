from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import EmailAddressField


class NoticeAddressForm(forms.Form):
    email = EmailAddressField(label=_("Second notification address"), autocomplete="off")
