from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.credentials import code_field
from accounts.kinds import Factor


class EvidenceForm(forms.Form):
    """One code of a factor that was bound before the change; the button says what it is for."""

    factor = forms.ChoiceField(
        choices=[(Factor.TOTP, _("Code app")), (Factor.RECOVERY_CODE, _("Recovery code"))],
        widget=forms.HiddenInput,
    )
    code = code_field(_("Code"))
