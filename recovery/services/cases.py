"""Cases: opened by a claimant, protected at once, ended by one of six outcomes."""

import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

import accounts.selectors
import accounts.services.freeze
import audit.services
from accounts.kinds import FreezeReason
from common import clock, codes, live, network, ratelimit
from common.email_addresses import normal
from common.errors import Denied, Stale
from common.jobs import enqueue_on_commit
from recovery import policies, selectors, states, words
from recovery.models import Approval, CallAttempt, Callback, Case, Duty, Evidence, Note
from recovery.models.case import Category, RefusalReason
from recovery.services import follow_up
from recovery.states import (
    ApprovalState,
    AttemptState,
    CallbackState,
    CaseState,
    DutyState,
    EvidenceState,
)
from telephony import numbers

MINUTE, HOUR, DAY = 60, 3600, 86400


def spend_request(*, email: str, number: str, address: str | None) -> None:
    """Bound how often a call can be asked for: by e-mail, number, number range, network, and in all.

    Raises:
        Throttled: and does so alike whether or not the e-mail names an account.
    """
    ratelimit.spend("call-network", network.network_of(address), limit=20, seconds=HOUR)
    ratelimit.spend("call-email", codes.fingerprint(normal(email)), limit=6, seconds=HOUR)
    ratelimit.spend("call-number", codes.fingerprint(number), limit=6, seconds=HOUR)
    ratelimit.spend("call-range", number[:-2], limit=30, seconds=HOUR)
    ratelimit.spend("call-all", "all", limit=600, seconds=HOUR)


@transaction.atomic
def open_case(
    *,
    email: str,
    number: str,
    category: Category | str,
    language: str,
    zone: str,
    due_at: datetime | None = None,
    instead_of: Case | None = None,
) -> tuple[Case, str]:
    """A claimant asks for a call, now or at ``due_at``. Returns the case and the capability to follow it.

    The same e-mail and number asking again from another browser keeps its place in line: the new case
    takes it over and the older one ends. So does ``instead_of``, the request that this browser corrects.

    Raises:
        Stale: ``instead_of`` is no longer in line: an agent has it, or it has ended.
    """
    now = clock.now()
    email = normal(email)
    _one_at_a_time(email + number)
    place = _supersede(email=email, number=number, instead_of=instead_of)
    capability = codes.token()
    case = Case.objects.create(
        category=category,
        capability=codes.fingerprint(capability),
        email=email,
        language=language,
        zone=zone,
        opened_at=now,
    )
    chosen = due_at or now
    Callback.objects.create(
        case=case,
        number=number,
        language=language,
        priority=1 if category == Category.TAKEN_OVER else 2,
        asked_at=place.asked_at if place else now,
        # Who asked for later, or was to be tried again later, and now says *now*, means now.
        due_at=min(place.due_at, now) if place and not due_at else chosen,
        chosen_at=chosen,
        tries=place.tries if place else 0,
        words=words.pair(language),
        read_out=codes.digits(6),
    )
    audit.services.record("case.opened", case=case.pk, details={"category": str(category)})
    enqueue_on_commit("recovery.tasks.protect", case=case.pk)
    return case, capability


def _one_at_a_time(key: str) -> None:
    """Two clicks at once by one person become one after the other, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x0CA5E, zlib.crc32(key.encode()) - 2**31])


def _supersede(*, email: str, number: str, instead_of: Case | None) -> Callback | None:
    """End the requests that this one replaces. Returns the place in line that it takes over."""
    older = list(
        Callback.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(Q(case__email=email, number=number) | Q(case=instead_of))
        .filter(state__in=(CallbackState.WAITING, CallbackState.OFFERED))
        .order_by("pk")
    )
    if instead_of and instead_of.pk not in {one.case_id for one in older}:
        raise Stale(_("An agent is busy with your request already, or it has ended."))
    for one in older:
        end(one.case, CaseState.SUPERSEDED, CallbackState.CANCELLED)
        audit.services.record("case.superseded", case=one.case_id)
    return older[0] if older else None


@transaction.atomic
def protect(*, case_id: int) -> bool:
    """Look up the account, find the takeover window, freeze what the takeover touched. Once a case.

    Only sessions that began in the window end and only for an hour can no credentials be changed: a
    healthy account, and the owner's older sessions, are not touched by a stranger's request.

    Returns whether this call did it.
    """
    if not Case.objects.filter(pk=case_id, protected_at__isnull=True).exists():
        return False
    hold(case_id)
    case = Case.objects.select_for_update().filter(pk=case_id, protected_at__isnull=True).first()
    if case is None:
        return False
    now = clock.now()
    account = accounts.selectors.find_account(case.email)
    window = selectors.takeover_of(account, now) if account else None
    ended = 0
    if account and window:
        ended = accounts.services.freeze.place(
            user_id=account,
            reason=FreezeReason.CALL,
            since=window.start,
            until=now + policies.FREEZE,
            case=case.pk,
        )
    Case.objects.filter(pk=case.pk).update(
        protected_at=now,
        account=account,
        window_start=window.start if window else None,
        window_end=window.end if window else None,
    )
    if window:
        Callback.objects.filter(case=case).update(priority=0)
    audit.services.record(
        "case.protected",
        account=account,
        case=case.pk,
        details={"matched": account is not None, "window": window is not None, "sessions_ended": ended},
    )
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    return True


@transaction.atomic
def withdraw(*, case: Case) -> None:
    """The claimant cancels, also while the phone rings or an agent is talking."""
    end(case, CaseState.WITHDRAWN, CallbackState.CANCELLED)
    audit.services.record("case.withdrawn", account=case.account_id, case=case.pk)


@transaction.atomic
def change_number(*, case: Case, number: str) -> None:
    """Correct the number, while nobody is calling it. The place in line stays.

    Raises:
        Stale: a call is under way or the case has ended.
    """
    changed = Callback.objects.filter(
        case=case, state__in=(CallbackState.WAITING, CallbackState.OFFERED)
    ).update(number=number)
    if not changed:
        raise Stale(
            _("The number cannot be changed any more: an agent is calling you, or the case has ended.")
        )
    audit.services.record("case.number_changed", case=case.pk, details={"number": numbers.mask(number)})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")


@transaction.atomic
def move_call(*, case: Case, due_at: datetime) -> None:
    """Call at another time; an offer that stands is taken back from the agent."""
    callback = Callback.objects.select_for_update().get(case=case)
    agent = callback.offered_to_id
    if callback.state == CallbackState.OFFERED:
        Callback.objects.move(callback, CallbackState.WAITING, offered_to=None, offer_expires_at=None)
        _free(agent)
    changed = Callback.objects.filter(pk=callback.pk, state=CallbackState.WAITING).update(
        due_at=due_at, chosen_at=due_at
    )
    if not changed:
        raise Stale(_("The call cannot be moved any more: an agent is calling you, or the case has ended."))
    audit.services.record("case.moved", case=case.pk, details={"due": due_at.isoformat()})
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    enqueue_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def read(*, case: Case, by: int, reason: str) -> None:
    """A member of staff opens a case, and through it an account: both reads are events."""
    audit.services.record("case.read", account=case.account_id, case=case.pk, details={"reason": reason})
    if case.account_id is not None:
        audit.services.record(
            "account.read", account=case.account_id, case=case.pk, details={"reason": reason}
        )


@transaction.atomic
def add_note(*, case: Case, by: int, text: str) -> None:
    if case.agent_id != by:
        raise Denied(_("This case is not in your hands."))
    Note.objects.create(case=case, author_id=by, written_at=clock.now(), text=text)
    audit.services.record("case.note_added", account=case.account_id, case=case.pk)
    live.publish_on_commit(f"case:{case.pk}", "notes")


@transaction.atomic
def hand_back(*, case: Case, by: int, reason: str) -> None:
    """Back into the queue, at its old place. What was shown to this agent does not count for the next."""
    policies.check_works_on(case, by)
    release(case, passed_by=by)
    leave(by, wrap_up=False)
    audit.services.record(
        "case.handed_back", account=case.account_id, case=case.pk, details={"reason": reason}
    )
    enqueue_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def reassign(*, case: Case, by: int, reason: str) -> None:
    """A supervisor takes a case from an agent who cannot finish it, and puts it back into the queue."""
    agent = case.agent_id
    if case.state != CaseState.WORKING or agent is None:
        raise Stale(_("Nobody works on this case at the moment."))
    release(case, passed_by=agent)
    leave(agent, wrap_up=False)
    audit.services.record(
        "case.reassigned", account=case.account_id, case=case.pk, details={"reason": reason}
    )
    live.publish_on_commit(f"agent:{agent}")
    enqueue_on_commit("recovery.tasks.dispatch")


@transaction.atomic
def refuse(*, case: Case, by: int, reason: RefusalReason | str) -> None:
    """End the case without changing the account."""
    policies.check_works_on(case, by)
    Case.objects.filter(pk=case.pk).update(refusal=reason)
    end(case, CaseState.REFUSED, CallbackState.DONE)
    audit.services.record(
        "case.refused", account=case.account_id, case=case.pk, details={"reason": str(reason)}
    )
    follow_up.tell_refused(case, reason)


def hold(case_id: int) -> Callback:
    """Lock a case's place in line until the transaction ends.

    Whatever changes more than one row of a case takes this lock first, then calls, case and duty: in one
    order, two changes at once wait for each other and never for ever.
    """
    return Callback.objects.select_for_update().get(case=case_id)


def release(case: Case, *, passed_by: int | None, due_at: datetime | None = None) -> None:
    """From an agent's hands back into the queue, inside the caller's transaction."""
    callback = hold(case.pk)
    _end_calls(case, AttemptState.CANCELLED)
    void(case)
    changes: dict[str, object] = {"agent": None}
    if passed_by is not None:
        changes |= callback.passed(passed_by, clock.now())
    if due_at is not None:
        changes["due_at"] = due_at
    Callback.objects.move(callback, CallbackState.WAITING, **changes)
    Case.objects.move(case, CaseState.WAITING, agent=None)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")


def void(case: Case) -> None:
    """Evidence and approvals die when the case changes hands or ends."""
    voided = Evidence.objects.filter(case=case, state__in=(EvidenceState.ASKED, EvidenceState.PASSED)).update(
        state=EvidenceState.VOIDED, digest=""
    )
    if voided:
        audit.services.record(
            "evidence.voided", account=case.account_id, case=case.pk, details={"count": voided}
        )
    withdrawn = Approval.objects.filter(
        case=case, state__in=(ApprovalState.REQUESTED, ApprovalState.APPROVED)
    ).update(state=ApprovalState.WITHDRAWN)
    if withdrawn:
        audit.services.record("approval.withdrawn", account=case.account_id, case=case.pk)


def end(case: Case, to: CaseState, callback_to: CallbackState) -> None:
    """End a case and its place in line, whatever it was doing, inside the caller's transaction."""
    callback = hold(case.pk)
    offered_to = callback.offered_to_id
    if callback_to == CallbackState.CANCELLED:
        _end_calls(case, AttemptState.CANCELLED)
    Callback.objects.move(callback, callback_to, offered_to=None, offer_expires_at=None)
    worked = Case.objects.get(pk=case.pk)
    Case.objects.move(case, to, closed_at=clock.now())
    if to != CaseState.RESTORED:
        void(case)
    if offered_to:
        _free(offered_to)
    if worked.state == CaseState.WORKING and worked.agent_id:
        leave(worked.agent_id, wrap_up=True)
    live.publish_on_commit("desk")
    live.publish_on_commit(f"case:{case.pk}")
    enqueue_on_commit("recovery.tasks.dispatch")


def _end_calls(case: Case, to: AttemptState) -> None:
    for attempt in CallAttempt.objects.filter(callback__case=case, state__in=states.LIVE_ATTEMPT):
        CallAttempt.objects.move(attempt, to, ended_at=clock.now())
        audit.services.record(
            "call.outcome", account=case.account_id, case=case.pk, details={"outcome": str(to)}
        )


def _free(agent_id: int | None) -> None:
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.OFFERED):
        Duty.objects.move(duty, DutyState.FREE)
    live.publish_on_commit(f"agent:{agent_id}")


def leave(agent_id: int, *, wrap_up: bool) -> None:
    """The agent is done with a case: free at once, or after the last note."""
    now = clock.now()
    until = now + timedelta(seconds=settings.WRAP_UP_SECONDS)
    for duty in Duty.objects.filter(agent_id=agent_id, state=DutyState.BUSY):
        if wrap_up:
            Duty.objects.move(duty, DutyState.WRAP_UP, since=now, wrap_up_until=until)
        else:
            Duty.objects.move(duty, DutyState.FREE, since=now)
    live.publish_on_commit(f"agent:{agent_id}")
