from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import zones
from common import clock
from common.fields import LatinNameField, NameField


class RenameForm(forms.Form):
    name = NameField(label=_("Name"), max_length=64, error_messages={"required": _("Enter a name.")})


class ProfileForm(forms.Form):
    name = NameField(label=_("Name"), max_length=80, autocomplete="name")
    name_latin = LatinNameField()
    language = forms.ChoiceField(
        label=_("Language for pages and e-mails"), choices=[("en", "English"), ("ja", "日本語")]
    )
    linkless_mails = forms.BooleanField(
        label=_("Send me e-mails without links"),
        help_text=_(
            "Instead of a link, each e-mail then has a code that you enter on this site. "
            "Links in e-mails that look like ours are then never from us."
        ),
        required=False,
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone, now = zones.known(self.initial.get("zone", "")), clock.now()
        field = self.fields["zone"]
        assert isinstance(field, forms.ChoiceField)
        # The browser's own at the sign-up may be none of the list: it stays until another is chosen.
        field.choices = zones.named(zone, now)
        field.help_text = _(
            "Times on pages and in e-mails are shown in this time zone. "
            "The time there is now %(time)s (%(offset)s)."
        ) % {
            "time": f"{now.astimezone(ZoneInfo(zone)):%H:%M}",
            "offset": zones.offset(zone, now),
        }
