from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.fields import CodeField
from accounts.authenticators.recovery_codes.forms import RecoveryCodeField
from accounts.enums import Factor


class EvidenceForm(forms.Form):
    """One code of a factor that was bound before the change; the button says what it is for."""

    factor = forms.ChoiceField(
        choices=[(Factor.TOTP, _("Authenticator app")), (Factor.RECOVERY_CODE, _("Recovery code"))],
        widget=forms.HiddenInput,
    )
    code = CodeField(label=_("Code"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["factor"].value() == Factor.RECOVERY_CODE:
            self.fields["code"] = RecoveryCodeField(label=_("Code"))
