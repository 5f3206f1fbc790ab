from typing import Any

from django import forms

from accounts.authenticators import registry


class EvidenceForm(forms.Form):
    """One code of a factor that was bound before the change; the button says what it is for."""

    factor = forms.ChoiceField(
        choices=[(one.factor, one.words.label) for one in registry.KINDS],
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        factor = self["factor"].value()
        kind = next((one for one in registry.KINDS if one.factor == factor), registry.KINDS[0])
        self.fields["code"] = kind.field(label=str(kind.words.older.label))
