"""What was answered before a call is asked for, in words: the choice of a time, and all answers once more."""

from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from common import local_time
from recovery.claimant.forms.request import CallForm, WhenForm
from recovery.claimant.steps import STEPS
from recovery.models.case import Category, Noticed, Since
from telephony import numbers


@dataclass(frozen=True)
class Row:
    """One answer. ``change``: the address of its page. ``lines``: what was answered."""

    label: str
    lines: tuple[str, ...]
    change: str


def rows(form: CallForm, door: Category, waits: dict[str, str], country: str) -> list[Row]:
    """All that is asked for, in the order of its pages. The form is valid."""
    typed = form.cleaned_data
    languages = dict(form.fields["language"].choices)  # type: ignore[attr-defined]
    noticed, email, number, time = (step.address(door) for step in STEPS)
    told = tuple(str(Noticed(one).label) for one in typed["noticed"]) or (_("None of these"),)
    found = [
        Row(_("What happened"), (str(door.label),), reverse("help")),
        Row(_("What you noticed"), told, noticed),
        Row(_("When it started"), (str(Since(typed["since"]).label),), noticed),
    ]
    if typed["said"]:
        found.append(Row(_("In your own words"), tuple(typed["said"].splitlines()), noticed))
    return [
        *found,
        Row(_("E-mail address"), (typed["email"],), email),
        Row(_("We call"), (numbers.pretty(typed["number"], country),), number),
        Row(_("When"), _when(form, waits), time),
        Row(_("Language for the call"), (languages[typed["language"]],), time),
    ]


def _when(form: CallForm, waits: dict[str, str]) -> tuple[str, ...]:
    """In the zone in which it was meant; now: with the wait, or that nobody is there."""
    moment = form.cleaned_data["due_at"]
    if moment:
        there = moment.astimezone(form.zone)
        day = date_format(there, pgettext("date format", "j M Y, H:i"))
        return (f"{day} {local_time.zone_name(there)}",)
    wait = waits[form.cleaned_data["language"]] or _("nobody is available right now")
    return (_("As soon as possible"), wait)


def choice_of_time(form: Form, waits: dict[str, str]) -> dict[str, Any]:
    """What the page says beside its choices."""
    return {
        "wait": waits.get(get_language() or "en", ""),
        "languages": [
            {"value": value, "label": label, "wait": waits[value]}
            for value, label in form.fields["language"].choices  # type: ignore[attr-defined]
        ],
        "waits_differ": len(set(waits.values())) > 1,
        "later": form["when"].value() == WhenForm.LATER,
    }
