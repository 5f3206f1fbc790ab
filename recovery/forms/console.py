"""What agents and supervisors type and choose."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.codes import CodeField
from common.fields import LinesField
from recovery.models.case import RefusalReason
from recovery.models.evidence import Method
from recovery.states import AttemptState

ANSWERED = "answered"
OUTCOMES = (
    (ANSWERED, _("Answered")),
    (AttemptState.NO_ANSWER.value, _("No answer")),
    (AttemptState.BUSY.value, _("Busy")),
    (AttemptState.VOICEMAIL.value, _("Voicemail")),
    (AttemptState.FAILED.value, _("Did not connect")),
    (AttemptState.INVALID_NUMBER.value, _("Wrong number")),
)


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(choices=OUTCOMES)


class ReadOutForm(forms.Form):
    code = CodeField()


class EvidenceForm(forms.Form):
    """``target``: which address, for a code by e-mail."""

    method = forms.ChoiceField(choices=Method.choices)
    target = forms.IntegerField(required=False)


class NoteForm(forms.Form):
    text = LinesField(
        label=_("Note"),
        max_length=4000,
        widget=forms.Textarea(
            attrs={"rows": 3, "aria-keyshortcuts": "n", "data-key-label": _("Write a note")}
        ),
    )


class ReasonForm(forms.Form):
    reason = LinesField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )


class RefusalForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=RefusalReason.choices, widget=forms.RadioSelect)


class LookForm(forms.Form):
    reason = LinesField(
        label=_("Why do you look at this case?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


class DecisionForm(forms.Form):
    """``reason``: without one nothing is declined."""

    decision = forms.ChoiceField(choices=(("approve", _("Approve")), ("decline", _("Decline"))))
    reason = LinesField(
        label=_("If you decline: why?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("decision") == "decline" and not given.get("reason"):
            self.add_error("reason", _("Say why you decline, so that the agent knows what is missing."))
        return given
