from typing import Any

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
        label=_("Time zone"),
        error_messages={"invalid_choice": _("Please choose a time zone from the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The browser's own at the sign-up may be none of the list: it stays until another is chosen.
        names = sorted(
            {*zones.CHOICES, "UTC", settings.DEFAULT_ZONE, zones.known(self.initial.get("zone", ""))}
        )
        self.fields["zone"].choices = [(name, name.replace("_", " ")) for name in names]  # type: ignore[attr-defined]
