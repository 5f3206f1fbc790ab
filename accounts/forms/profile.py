from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import zones
from common.fields import NameField


class ProfileForm(forms.Form):
    name = NameField(label=_("Name"), max_length=80, autocomplete="name")
    language = forms.ChoiceField(
        label=_("Language of pages and mails"), choices=[("en", "English"), ("ja", "日本語")]
    )
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [(name, name.replace("_", " ")) for name in _zones()]
    )


def _zones() -> list[str]:
    return sorted({*zones.CHOICES, "UTC", settings.DEFAULT_ZONE})
