"""What the claimant, the agent and a supervisor change about a case that goes on."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import audit.recording
from common import clock, live
from common.errors import Stale
from common.jobs import enqueue_once_on_commit
from common.ratelimit import spend
from recovery import current_work, letters, lifecycle, states
from recovery.cases import policies
from recovery.models import Callback, Case, Note
from recovery.models.case import RefusalReason
from recovery.states import (
    CallbackState,
    CaseState,
)
from telephony import numbers

CHANGES_AN_HOUR = 6
"""Corrections of one request: whoever holds its page can make no more."""


@transaction.atomic
def withdraw(*, case: Case) -> None:
    """The claimant cancels, also while the phone rings or an agent is talking.

    Where somebody else asked for a call to the same number, the call that is under way goes on for them.
    """
    group = lifecycle.lock_number(case.callback.number)
    attempt = current_work.live_attempt(case)
    others = [one for one in group if one.case_id != case.pk and lifecycle.can_go_on_for(attempt, one)]
    if attempt is not None and attempt.read_out_confirmed_at is None and others:
        lifecycle.switch_call(attempt, to=min(others, key=Callback.turn), ends=CaseState.WITHDRAWN)
    else:
        lifecycle.close_case(case, CaseState.WITHDRAWN, CallbackState.CANCELLED)
    audit.recording.record("case.withdrawn", account=case.account_id, case=case.pk)


@transaction.atomic
def change_number(*, case: Case, number: str) -> None:
    """Correct the number, while nobody is calling it. The place in line stays.

    Raises:
        Throttled: this request was corrected too often.
        Stale: a call is under way or the case has ended.
    """
    spend("case-changes", str(case.pk), limit=CHANGES_AN_HOUR, seconds=3600)
    changed = Callback.objects.filter(case=case, state__in=states.IN_LINE).update(
        number=number, region=numbers.region(number)
    )
    if not changed:
        raise Stale(
            _("You can’t change the number any more: an agent is calling you, or the request is closed.")
        )
    audit.recording.record("case.number_changed", case=case.pk, details={"number": numbers.mask(number)})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")


@transaction.atomic
def move_call(*, case: Case, due_at: datetime) -> None:
    """Call at another time; an offer that stands is taken back from the agent. The same time changes nothing.

    Raises:
        Throttled: this request was corrected too often.
        Stale: a call is under way or the case has ended.
    """
    callback = Callback.objects.select_for_update().get(case=case)
    if callback.state in states.IN_LINE and callback.is_due_at(due_at):
        return
    spend("case-changes", str(case.pk), limit=CHANGES_AN_HOUR, seconds=3600)
    agent = callback.offered_to_id
    if callback.state == CallbackState.OFFERED:
        Callback.objects.move(callback, CallbackState.WAITING, offered_to=None, offer_expires_at=None)
        lifecycle.free_agent(agent)
    changed = Callback.objects.filter(pk=callback.pk, state=CallbackState.WAITING).update(
        due_at=due_at, chosen_at=due_at, turn_at=None
    )
    if not changed:
        raise Stale(
            _(
                "You can’t change the time of the call any more: an agent is calling you, or "
                "the request is closed."
            )
        )
    audit.recording.record("case.moved", case=case.pk, details={"due": due_at.isoformat()})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def add_note(*, case: Case, by: int, text: str) -> None:
    policies.check_can_write(case, by)
    Note.objects.create(case=case, author_id=by, written_at=clock.now(), text=text)
    audit.recording.record("case.note_added", account=case.account_id, case=case.pk)
    live.publish_on_commit(f"case:{case.pk}", "notes")


@transaction.atomic
def hand_back(*, case: Case, by: int, reason: str) -> None:
    """Back into the queue, at its old place. What was shown to this agent does not count for the next."""
    policies.check_works_on(case, by)
    lifecycle.release_agent(by, wrap_up=lifecycle.requeue(case, passed_by=by))
    audit.recording.record(
        "case.handed_back", account=case.account_id, case=case.pk, details={"reason": reason}
    )
    enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def reassign(*, case: Case, by: int | None, reason: str) -> None:
    """A case is taken from an agent who cannot finish it, and put back into the queue.

    ``by``: the supervisor who does it; None where the agent may not work here any more.
    """
    agent = case.agent_id
    if case.state != CaseState.WORKING or agent is None:
        raise Stale(_("Nobody is working on this case right now."))
    wrap_up = lifecycle.requeue(case, passed_by=agent)
    if by is not None:
        Case.objects.filter(pk=case.pk).update(worked_by=case.and_worked_by(by))
    lifecycle.release_agent(agent, wrap_up=wrap_up)
    audit.recording.record(
        "case.reassigned", account=case.account_id, case=case.pk, details={"reason": reason}
    )
    live.publish_on_commit(f"agent:{agent}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def refuse(*, case: Case, by: int, reason: RefusalReason | str) -> None:
    """End the case without changing the account."""
    policies.check_works_on(case, by)
    Case.objects.filter(pk=case.pk).update(refusal=reason)
    case.refusal = str(reason)
    lifecycle.close_case(case, CaseState.REFUSED, CallbackState.DONE)
    audit.recording.record(
        "case.refused", account=case.account_id, case=case.pk, details={"reason": str(reason)}
    )
    letters.tell_refused(case, reason)
