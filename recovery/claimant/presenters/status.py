"""What the claimant's page says, computed in one place: a page that never lies about who is calling.

Nothing here depends on whether the e-mail named an account, as long as nobody has proved anything.
Each part has a ``key`` that changes when the part does, so that a live page swaps only what is new. Keys
travel in addresses and hold no secret.
"""

from dataclasses import dataclass
from datetime import datetime

from common import clock
from recovery import current_work, states
from recovery.calls import selectors as call_selectors
from recovery.claimant.presenters import act as acts
from recovery.claimant.presenters import call, ending, head
from recovery.claimant.presenters.act import Act
from recovery.claimant.presenters.call import Call
from recovery.claimant.presenters.head import Head
from recovery.claimant.presenters.part import key_of
from recovery.models import Case
from recovery.states import CaseState
from telephony import numbers


@dataclass(frozen=True)
class Changes:
    """What may still be changed about the request."""

    open: bool
    movable: bool
    number: str = ""
    reference: str = ""
    later: datetime | None = None
    disputed: bool = False
    marks: tuple[object, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.open, self.movable, self.later, self.disputed, self.marks)


@dataclass(frozen=True)
class StatusPage:
    head: Head
    act: Act
    call: Call
    changes: Changes


def of(case: Case, country: str = "") -> StatusPage:
    """The page of this case at this moment, as somebody in ``country`` writes telephone numbers."""
    callback = case.callback
    if not case.is_open:
        talking = current_work.live_attempt(case)
        return StatusPage(
            head=ending.while_talking(case, talking) if talking else ending.of(case, callback),
            act=acts.at_the_end(case),
            call=call.still_talking(talking),
            changes=Changes(open=False, movable=False, reference=case.reference),
        )
    if case.state == CaseState.DISPUTED:
        return StatusPage(
            head=head.in_dispute(case),
            act=Act(),
            call=call.still_talking(current_work.live_attempt(case)),
            changes=Changes(open=True, movable=False, reference=case.reference, disputed=True),
        )
    attempt = call_selectors.call_to(callback)
    act = acts.asked_of(case)
    movable = callback.state in states.IN_LINE
    return StatusPage(
        head=head.of(case, callback, attempt, act),
        act=act,
        call=call.of(callback, attempt),
        changes=Changes(
            open=True,
            movable=movable,
            number=numbers.pretty(callback.number, country),
            reference=case.reference,
            later=callback.due_at if movable and callback.due_at > clock.now() else None,
        ),
    )
