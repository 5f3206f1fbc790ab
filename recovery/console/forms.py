"""What agents and supervisors type and choose."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.authenticators.fields import CodeField
from common.fields import LinesField
from recovery.models.case import RefusalReason
from recovery.models.dispute import Outcome
from recovery.models.evidence import Method
from recovery.states import AttemptState

ANSWERED = "answered"
LARGEST = 2**63 - 1
OUTCOMES = (
    (ANSWERED, _("Answered")),
    (AttemptState.NO_ANSWER.value, _("No answer")),
    (AttemptState.BUSY.value, _("Busy")),
    (AttemptState.VOICEMAIL.value, _("Voicemail")),
    (AttemptState.FAILED.value, _("Didn’t connect")),
    (AttemptState.INVALID_NUMBER.value, _("Wrong number")),
)


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(choices=OUTCOMES)


class ReadOutForm(forms.Form):
    code = CodeField(label=_("Code they read out"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["id"] = "read-out"


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


class SaidForm(forms.Form):
    """What the caller says of one change."""

    NOT_ME, WAS_ME, NOTHING = "not_me", "was_me", "nothing"

    change = forms.IntegerField(min_value=1, max_value=LARGEST)
    said = forms.ChoiceField(choices=[(one, one) for one in (NOT_ME, WAS_ME, NOTHING)])


class UndoTooForm(forms.Form):
    """A change that nothing speaks against, to be undone too, and why. A page has one for each change."""

    change = forms.IntegerField(min_value=1, max_value=LARGEST, widget=forms.HiddenInput)
    reason = LinesField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Mapping[str, str] | None = None, *, change: int | None = None) -> None:
        own = change if data is None else data.get("change")
        super().__init__(data, auto_id=f"too-{own}-%s", initial={"change": change})

    @property
    def of(self) -> int | None:
        """The change that the form was sent for, if it is one."""
        return getattr(self, "cleaned_data", {}).get("change")


class SessionsForm(forms.Form):
    """Sessions that the caller does not know. ``chosen``: as they were sent, to be shown again."""

    sessions = forms.TypedMultipleChoiceField(
        label=_("Sessions in the last 30 days"),
        coerce=UUID,
        error_messages={"required": _("Choose the sessions that the caller doesn’t recognise.")},
    )

    def __init__(self, *args: Any, known: Iterable[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sessions"].choices = [(str(one), str(one)) for one in known]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[str]:
        return set(self["sessions"].value() or ())


class LossForm(forms.Form):
    """Which authenticators are lost; none: nothing is. ``chosen``: as they are noted, or were sent."""

    lost = forms.TypedMultipleChoiceField(label=_("Lost sign-in methods"), coerce=int, required=False)
    knows_password = forms.BooleanField(
        label=_("The caller knows their password"),
        help_text=_(
            "If so, it stays valid, as long as a recovery code or something else is left to sign in with."
        ),
        required=False,
    )

    def __init__(self, *args: Any, apps: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lost"].choices = [(str(one), str(one)) for one in apps]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[str]:
        return {str(one) for one in self["lost"].value() or ()}


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


class LookForm(forms.Form):
    reason = LinesField(
        label=_("Why do you want to view this case?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


class DecisionForm(forms.Form):
    """``reason``: without one nothing is declined."""

    decision = forms.ChoiceField(choices=(("approve", _("Approve")), ("decline", _("Decline"))))
    reason = LinesField(
        label=_("If you decline, why?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("decision") == "decline" and not given.get("reason"):
            self.add_error("reason", _("Give a reason for declining, so the agent knows what’s missing."))
        return given
