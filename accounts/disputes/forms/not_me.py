from typing import Any

from django import forms

from accounts.authenticators import registry


class EvidenceForm(forms.Form):
    """Something that was bound before the change, shown or typed; the button says what it is for."""

    factor = forms.ChoiceField(
        choices=[(one.factor, one.words.label) for one in registry.KINDS],
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        factor = self["factor"].value()
        self.kind = next((one for one in registry.KINDS if one.factor == factor), registry.KINDS[0])
        self.hint = self.kind.words.older.hint if self.kind.ceremony else ""
        self.fields["code"] = self.kind.field(label=str(self.kind.words.older.label))
