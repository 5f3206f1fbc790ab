"""The five steps of a call, and which of them comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from recovery import current_work
from recovery.calls import selectors as call_selectors
from recovery.cases import policies as case_policies
from recovery.console.presenters.actions import CaseActions
from recovery.models import Case
from recovery.states import AttemptState


class Step(IntEnum):
    """The number is the key that leads to the step."""

    CALL = 1
    CODE = 2
    EVIDENCE = 3
    DECISION = 4
    NOTE = 5


_SHOWN: Sequence[tuple[Step, str, Promise]] = (
    (Step.CALL, "#call-words", _("Call and words")),
    (Step.CODE, "#read-out", _("Code")),
    (Step.EVIDENCE, "#evidence", _("Evidence")),
    (Step.DECISION, "#decision", _("Restore or refuse")),
    (Step.NOTE, "#notes", _("Note and wrap-up")),
)


@dataclass(frozen=True)
class NextStep:
    """Where an agent is in their call. ``place``: the part of the page to go on with."""

    now: Step

    @property
    def place(self) -> str:
        return next(place for step, place, _words in _SHOWN if step == self.now)

    @property
    def all(self) -> list[tuple[int, str, Promise, str]]:
        """Each step with its number, its place, its name and whether it is past, now or ahead."""
        return [
            (step, place, words, "now" if step == self.now else "past" if step < self.now else "ahead")
            for step, place, words in _SHOWN
        ]


def next_step(case: Case, person: int, actions: CaseActions) -> NextStep | None:
    """What comes next for whoever has the case in hand, or writes up; None for everybody else."""
    if not case_policies.can_write(case, person):
        return None
    attempt = current_work.live_attempt(case)
    if not case.is_open:
        return NextStep(Step.CALL if attempt else Step.NOTE)
    if not actions.in_hand:
        return None
    if call_selectors.confirmed_attempt(case) is None:
        talking = attempt is not None and attempt.state == AttemptState.TALKING
        return NextStep(Step.CODE if talking else Step.CALL)
    if actions.suffices or not actions.reachable:
        return NextStep(Step.DECISION)
    return NextStep(Step.EVIDENCE)
