from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from common.fields import EmailAddressField, NameField

ROLES = (
    (Role.AGENT.value, _("Agent: takes calls and works on cases")),
    (Role.SUPERVISOR.value, _("Supervisor: also leads the desk and decides as the second person")),
    (Role.ADMIN.value, _("Admin: manages staff and reads the audit trail")),
)


class RoleForm(forms.Form):
    """``was`` is the role that the page showed: whoever sends an old page is told so."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)
    was = forms.CharField(widget=forms.HiddenInput, max_length=12)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("role") == self.cleaned_data.get("was"):
            self.add_error("role", _("They already have this role. Choose a different one."))
        return self.cleaned_data


class InviteForm(forms.Form):
    email = EmailAddressField(autocomplete="off")
    name = NameField(label=_("Name"), max_length=80)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)
    languages = forms.MultipleChoiceField(
        label=_("Languages for calls"),
        help_text=_("They’re only offered calls in these languages. Admins don’t take calls."),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    language = forms.ChoiceField(label=_("Language for pages and e-mails"), choices=settings.LANGUAGES)

    def clean(self) -> dict[str, Any]:
        role = self.cleaned_data.get("role")
        if role == Role.ADMIN:
            self.cleaned_data["languages"] = []
        elif role and not self.cleaned_data.get("languages"):
            self.add_error(
                "languages", _("Choose at least one language. Without one, they won’t be offered any calls.")
            )
        return self.cleaned_data
