"""What agents and supervisors type and choose."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.codes import CodeField
from common.fields import LinesField
from recovery.models.case import RefusalReason
from recovery.models.dispute import Outcome
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
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[one for one in RefusalReason.choices if one[0] != RefusalReason.DISPUTED],
        widget=forms.RadioSelect,
    )


class OutcomeOfDisputeForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Who does the account belong to?"), choices=Outcome.choices, widget=forms.RadioSelect
    )
    reason = LinesField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=(("approve", _("Approve")), ("decline", _("Decline"))))
