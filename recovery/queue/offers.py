"""An offer is accepted, declined or missed; an agent may also claim a request."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

import audit.recording
from common import clock, live
from common.errors import Denied, Stale
from common.jobs import enqueue_once_on_commit
from recovery import insiders, lifecycle, states
from recovery.models import CallAttempt, Callback, Case, Duty
from recovery.queue import policies
from recovery.states import CallbackState, CaseState, DutyState


def accept(*, agent_id: int, callback_id: int) -> Case:
    """The agent takes the call that they were offered, in time.

    Raises:
        Stale: the offer has gone on to somebody else, or the claimant has cancelled.
        Denied: it was asked for where the agent sits.
    """
    case = _accept(agent_id, callback_id)
    if case is None:
        raise Denied(insiders.refusal())
    return case


@transaction.atomic
def _accept(agent_id: int, callback_id: int) -> Case | None:
    callback = Callback.objects.select_for_update().select_related("case").filter(pk=callback_id).first()
    if callback is None or callback.offered_to_id != agent_id or callback.offer_expires_at is None:
        raise Stale(_("This call is no longer offered to you."))
    if callback.offer_expires_at <= clock.now():
        raise Stale(_("The offer has expired and goes to the next agent."))
    if insiders.is_insider(callback, agent_id):
        take_back(callback)
        insiders.mark([callback], [agent_id])
        lifecycle.free_agent(agent_id)
        enqueue_once_on_commit("recovery.tasks.dispatch")
        return None
    return _assign(callback, agent_id, "call.offer_accepted")


@transaction.atomic
def decline_offer(*, agent_id: int, callback_id: int) -> None:
    """The agent lets an offer go on to the next one and stays on duty; for a while they are not asked again.

    Raises:
        Stale: the offer has gone on already.
    """
    now = clock.now()
    callback = (
        Callback.objects.select_for_update()
        .filter(pk=callback_id, offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )
    if callback is None:
        raise Stale(_("This call is no longer offered to you."))
    Callback.objects.move(
        callback,
        CallbackState.WAITING,
        offered_to=None,
        offer_expires_at=None,
        **callback.passed(agent_id, now),
    )
    Duty.objects.move(Duty.objects.get(agent_id=agent_id), DutyState.FREE, since=now)
    audit.recording.record("call.passed_on", account=callback.case.account_id, case=callback.case_id)
    tell_agent(agent_id)
    live.publish_on_commit(f"case:{callback.case_id}")
    enqueue_once_on_commit("recovery.tasks.dispatch")


def claim(*, agent_id: int, callback_id: int) -> Case:
    """A free agent takes somebody from the queue by hand. Of two who click at once, one gets it.

    Raises:
        Stale: somebody else was faster.
        Denied: the agent is not free, it is their own account or was asked for where they sit, or the call
            is due later.
    """
    case = _claim(agent_id, callback_id)
    if case is None:
        raise Denied(insiders.refusal())
    return case


@transaction.atomic
def _claim(agent_id: int, callback_id: int) -> Case | None:
    callback = (
        Callback.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("case")
        .filter(pk=callback_id, state=CallbackState.WAITING, case__protected_at__isnull=False)
        .first()
    )
    if callback is None:
        raise Stale(_("Another agent was faster, or the claimant cancelled."))
    is_free = Duty.objects.filter(agent_id=agent_id, state=DutyState.FREE).exists()
    policies.check_can_claim(callback, agent_id, is_free=is_free, now=clock.now())
    if insiders.is_insider(callback, agent_id):
        insiders.mark([callback], [agent_id])
        return None
    return _assign(callback, agent_id, "call.taken")


def _assign(callback: Callback, agent_id: int, action: str) -> Case:
    busy_number = Callback.objects.filter(number=callback.number, state=CallbackState.ASSIGNED)
    on_the_line = CallAttempt.objects.filter(number=callback.number, state__in=states.LIVE_ATTEMPT)
    if busy_number.exists() or on_the_line.exists():
        raise Stale(_("Someone is already calling this number."))
    case = callback.case
    try:
        with transaction.atomic():
            Callback.objects.move(
                callback, CallbackState.ASSIGNED, agent_id=agent_id, offered_to=None, offer_expires_at=None
            )
            Case.objects.move(
                case, CaseState.WORKING, agent_id=agent_id, worked_by=case.and_worked_by(agent_id)
            )
            Duty.objects.move(Duty.objects.get(agent_id=agent_id), DutyState.BUSY, since=clock.now())
    except IntegrityError:
        # One case an agent, one agent a number: the database says so to whoever came second.
        raise Stale(_("Another agent was faster, or the claimant cancelled.")) from None
    audit.recording.record(action, account=case.account_id, case=case.pk)
    tell_agent(agent_id)
    live.publish_on_commit(f"case:{case.pk}")
    return case


@transaction.atomic
def expire_offers() -> int:
    """Offers that nobody answered go on; who missed one goes off duty. Returns how many."""
    missed = list(
        Callback.objects.select_for_update(skip_locked=True).filter(
            state=CallbackState.OFFERED, offer_expires_at__lte=clock.now()
        )
    )
    for callback in missed:
        agent_id = callback.offered_to_id
        take_back(callback)
        audit.recording.record("call.offer_missed", account=agent_id, actor=agent_id, case=callback.case_id)
        for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.OFFERED):
            Duty.objects.move(duty, DutyState.OFF, since=clock.now())
            audit.recording.record(
                "agent.off_duty", account=agent_id, actor=agent_id, details={"reason": "missed_offer"}
            )
        if agent_id:
            tell_agent(agent_id)
    return len(missed)


def take_back(callback: Callback) -> None:
    Callback.objects.move(callback, CallbackState.WAITING, offered_to=None, offer_expires_at=None)
    live.publish_on_commit(f"case:{callback.case_id}")


def tell_agent(agent_id: int) -> None:
    live.publish_on_commit("desk")
    live.publish_on_commit(f"agent:{agent_id}")
