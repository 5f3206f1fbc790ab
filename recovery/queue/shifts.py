"""Agents go on and off duty."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

import audit.recording
from common import clock
from common.errors import Denied, Stale
from common.jobs import enqueue_once_on_commit
from recovery import current_work, insiders, lifecycle, states
from recovery.models import CallAttempt, Callback, Case, Duty
from recovery.queue import offers
from recovery.states import AttemptState, CallbackState, DutyState


@transaction.atomic
def go_on_duty(*, agent_id: int) -> None:
    """From now on the agent is offered calls, as long as a page of theirs says that it is open
    (:func:`recovery.queue.presence.here`; who sits at no page has to say so at least once a minute).

    A second click changes nothing.
    """
    now = clock.now()
    seen = {"seen_at": now, "seen_from": "".join(insiders.origin())}
    duty, made = Duty.objects.get_or_create(
        agent_id=agent_id, defaults={"state": DutyState.FREE, "since": now, **seen}
    )
    if not made:
        if duty.state != DutyState.OFF:
            return
        Duty.objects.move(duty, DutyState.FREE, since=now, **seen)
    audit.recording.record("agent.on_duty", account=agent_id)
    offers.tell_agent(agent_id)
    enqueue_once_on_commit("recovery.tasks.dispatch")


def go_off_duty(*, agent_id: int) -> None:
    """No more offers; an offer that stands goes on to the next agent.

    Raises:
        Denied: the agent still works on a case, or talks.
    """
    if end_duty(agent_id, reason="asked"):
        return
    if current_work.case_in_work(agent_id):
        raise Denied(_("Finish your case or return it to the queue first."))
    if current_work.call_on_the_line(agent_id):
        raise Denied(_("First record that the call has ended."))


@transaction.atomic
def end_duty(agent_id: int, *, reason: str, only: Q | None = None) -> bool:
    """Off duty, whoever says so; an offer that stands goes on to the next agent.

    Returns whether this call did it: not while the agent has a case or a call in hand, nor where ``only``
    does not hold for their duty any more.
    """
    offer = (
        Callback.objects.select_for_update()
        .filter(offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )
    duty = Duty.objects.select_for_update().filter(only or Q(), agent_id=agent_id).first()
    if duty is None or duty.state in (DutyState.OFF, DutyState.BUSY):
        return False
    if duty.state == DutyState.OFFERED:
        if offer is None:
            raise Stale(_("Something changed in the meantime. Check the page again."))
        offers.take_back(offer)
    if duty.state == DutyState.WRAP_UP:
        close_wrap_up(duty)
    Duty.objects.move(duty, DutyState.OFF, since=clock.now(), wrap_up_until=None)
    audit.recording.record("agent.off_duty", account=agent_id, actor=agent_id, details={"reason": reason})
    offers.tell_agent(agent_id)
    enqueue_once_on_commit("recovery.tasks.dispatch")
    return True


@transaction.atomic
def end_wrap_up(*, agent_id: int) -> None:
    """The agent says that the wrap-up is done."""
    now = clock.now()
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.WRAP_UP):
        close_wrap_up(duty)
        Duty.objects.move(duty, DutyState.FREE, since=now, wrap_up_until=None, seen_at=now)
        audit.recording.record("agent.ready", account=agent_id, actor=agent_id)
        offers.tell_agent(agent_id)
        enqueue_once_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def end_overdue_wrap_ups() -> None:
    """Wrap-ups whose timer has run out: who is there is ready, whose page is gone is off duty."""
    now = clock.now()
    over = Duty.objects.select_for_update(skip_locked=True).filter(
        state=DutyState.WRAP_UP, wrap_up_until__lte=now
    )
    for duty in over:
        if duty.is_gone(now):
            end_duty(duty.agent_id, reason="gone")
            continue
        close_wrap_up(duty)
        Duty.objects.move(duty, DutyState.FREE, since=now, wrap_up_until=None)
        audit.recording.record("agent.ready", account=duty.agent_id, actor=duty.agent_id)
        offers.tell_agent(duty.agent_id)
        enqueue_once_on_commit("recovery.tasks.dispatch")
    # Whoever left the desk in some other way writes no more either.
    still = Q(agent__duty__state__in=(DutyState.BUSY, DutyState.WRAP_UP))
    closed = Case.objects.filter(closed_at__isnull=False, wrap_up_ended_at=None)
    for case in closed.exclude(still):
        Case.objects.filter(pk=case.pk, wrap_up_ended_at=None).update(wrap_up_ended_at=now)


def close_wrap_up(duty: Duty) -> None:
    """The agent turns to the next: their closed case is a snapshot from now on, and nobody is on the line."""
    for attempt in CallAttempt.objects.filter(agent=duty.agent_id, state__in=states.LIVE_ATTEMPT):
        to = AttemptState.ENDED if attempt.state == AttemptState.TALKING else AttemptState.CANCELLED
        lifecycle.end_call(attempt, to)
    closed = Case.objects.filter(agent=duty.agent_id, closed_at__isnull=False, wrap_up_ended_at=None)
    closed.update(wrap_up_ended_at=clock.now())
