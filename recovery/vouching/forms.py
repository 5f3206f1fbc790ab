from django import forms
from django.utils.translation import gettext_lazy as _

SPOKE, ASKED = "spoke", "asked"


class StatementForm(forms.Form):
    """Which of the two is true. What a fraud would have arranged comes first."""

    statement = forms.ChoiceField(
        label=_("Which of these is true?"),
        choices=[
            (ASKED, _("Someone wrote to me or called me, and asked me to open this link or to confirm.")),
            (
                SPOKE,
                _("I called them myself on a number I already knew, or met them, and recognised them."),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the statement that is true.")},
    )
