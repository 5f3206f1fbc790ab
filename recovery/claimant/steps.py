"""The pages that ask for a call, one question each, in their order; and which of them is next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language

from recovery.claimant.draft import Draft
from recovery.claimant.forms.number import NumberForm
from recovery.claimant.forms.request import NOTICED_AT_DOOR, EmailForm, NoticedForm, WhenForm
from recovery.models.case import Category


@dataclass(frozen=True)
class Step:
    """One page. ``names``: the fields that it sends."""

    name: str
    form: type[forms.Form]
    names: tuple[str, ...]

    @property
    def template(self) -> str:
        return f"recovery/help/{self.name}.html"

    @property
    def position(self) -> int:
        """Its number for people: the choice of a door comes first."""
        return STEPS.index(self) + 2

    def address(self, category: Category) -> str:
        if self is STEPS[0]:
            return reverse("help_call", args=[slug(category)])
        return reverse("help_step", args=[slug(category), self.name])

    def back(self, category: Category) -> str:
        """The page before."""
        at = STEPS.index(self)
        return STEPS[at - 1].address(category) if at else reverse("help")

    def answered(self, draft: Draft, category: Category, typed: QueryDict) -> Draft:
        """The draft with the answer to this page."""
        draft = draft.with_answers(self.name, self.names, typed)
        return replace(draft, category=category.value) if self is STEPS[0] else draft

    def bound(self, typed: QueryDict, regions: Sequence[str]) -> forms.Form:
        return self.form(typed, **self._more(regions))

    def is_answered(self, draft: Draft, category: Category, regions: Sequence[str]) -> bool:
        """Whether the draft holds an answer that is still good: a time that was chosen may be over by now."""
        return self._was_asked(draft, category) and self.bound(draft.data(), regions).is_valid()

    def shown(self, draft: Draft, category: Category, regions: Sequence[str]) -> forms.Form:
        """The form with what was typed before, and with what is wrong in it by now."""
        if self._was_asked(draft, category):
            return self.bound(draft.data(), regions)
        return self.form(initial=self._first(draft, category), **self._more(regions))

    def _was_asked(self, draft: Draft, category: Category) -> bool:
        # What somebody noticed is asked once more when they come by another door.
        return self.name in draft.steps and (self is not STEPS[0] or draft.category == category)

    def _first(self, draft: Draft, category: Category) -> dict[str, Any]:
        """What stands in the form before it was answered."""
        if self is STEPS[0]:
            kept = {name: each[0] for name, each in draft.answers.items() if name in ("since", "said")}
            return {**kept, "noticed": [*draft.answers.get("noticed", ()), NOTICED_AT_DOOR[category].value]}
        return {"language": get_language()}

    def _more(self, regions: Sequence[str]) -> dict[str, Any]:
        return {"regions": regions} if issubclass(self.form, NumberForm) else {}


STEPS = (
    Step("noticed", NoticedForm, ("noticed", "since", "said")),
    Step("email", EmailForm, ("email",)),
    Step("number", NumberForm, ("number",)),
    Step("time", WhenForm, ("when", "due_at", "zone", "reading", "language")),
)
COUNT = len(STEPS) + 1
BY_NAME = {step.name: step for step in STEPS[1:]}
"""The first has the address of its door."""


def slug(category: Category) -> str:
    return category.value.replace("_", "-")


def first_unanswered(draft: Draft, category: Category, regions: Sequence[str]) -> Step | None:
    return next((step for step in STEPS if not step.is_answered(draft, category, regions)), None)
