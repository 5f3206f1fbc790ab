"""Reading: the only door to cases for views, tasks and live pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q, QuerySet

import accounts.selectors
import audit.reading
from accounts.doubt.activity import UNDO_PERIOD
from accounts.doubt.judgement import NO_CLAIM, Claim, Doubt
from accounts.doubt.selectors import address_key, authenticator_key, claim_to, doubt_about
from accounts.rollback import services as undo
from accounts.rollback.services import Plan
from accounts.selectors import (
    AccountSummary,
    BoundAddress,
    BoundAuthenticator,
    ChangeSeen,
    SessionSeen,
)
from common import clock, codes
from common.once import once
from common.written_once import Later, Select
from recovery import policies, states
from recovery.models import Approval, CallAttempt, Callback, Case, Dispute, Duty, Evidence, Note
from recovery.models.callback import TURN
from recovery.models.duty import GONE_AFTER
from recovery.models.evidence import Method
from recovery.states import ApprovalState, AttemptState, CallbackState, CaseState, DisputeState, DutyState
from recovery.takeover import findings
from recovery.takeover.findings import Findings

MOST_MOMENTS = 12

_BY_CAPABILITY = Select(
    lambda: (
        Case.objects.select_related("callback", "agent")
        .defer("findings")
        .filter(capability=Later("fingerprint"))
    )
)


def case_by_capability(capability: str) -> Case | None:
    """The case that this browser opened."""
    return _BY_CAPABILITY.first(fingerprint=codes.fingerprint(capability)) if capability else None


def case_of_agent(case_id: int, agent_id: int) -> Case | None:
    """A case that is or was last in this agent's hands; nothing else exists for them."""
    return _cases().filter(pk=case_id, agent_id=agent_id).first()


def any_case(case_id: int) -> Case | None:
    """For supervisors, who see all cases."""
    return _cases().filter(pk=case_id).first()


def has_worked(case_id: int, person: int) -> bool:
    """Had this member of staff the case in hand at any time?"""
    return Case.objects.filter(pk=case_id, worked_by__contains=[person]).exists()


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("callback", "agent", "account")


def case_in_work(agent_id: int) -> Case | None:
    return _cases().filter(agent_id=agent_id, state=CaseState.WORKING).first()


def call_on_the_line(agent_id: int) -> CallAttempt | None:
    """The call that this agent is in, also where its case is closed already."""
    return (
        CallAttempt.objects.select_related("callback__case")
        .filter(agent=agent_id, state__in=states.LIVE_ATTEMPT)
        .first()
    )


def call_goes_on_for(ended: Case, agent_id: int) -> Case | None:
    """The case for which this agent's call to the number of an ended case goes on, if it does."""
    work = case_in_work(agent_id) if not ended.is_open else None
    if work is None or work.callback.number != ended.callback.number or live_attempt(work) is None:
        return None
    return work


def cases_in_work(agents: Iterable[int]) -> dict[int, int]:
    """The case that each of these agents has in work, by agent."""
    working = Case.objects.filter(agent__in=agents, state=CaseState.WORKING)
    return dict(working.values_list("agent", "pk"))


def offer_to(agent_id: int) -> Callback | None:
    return (
        Callback.objects.select_related("case")
        .filter(offered_to_id=agent_id, state=CallbackState.OFFERED)
        .first()
    )


def duty_of(agent_id: int) -> Duty | None:
    return Duty.objects.filter(agent_id=agent_id).first()


def closed_cases_of(agent_id: int, limit: int = 20) -> QuerySet[Case]:
    return _cases().filter(agent_id=agent_id, closed_at__isnull=False).order_by("-closed_at")[:limit]


def queue(languages: Sequence[str] | None = None) -> QuerySet[Callback]:
    """Everybody in line, the next one first: those who are due, then those who chose a later time."""
    waiting = Callback.objects.select_related("case").filter(
        state__in=states.IN_LINE, case__protected_at__isnull=False
    )
    if languages is not None:
        waiting = waiting.filter(language__in=languages)
    later = ExpressionWrapper(Q(due_at__gt=clock.now()), output_field=BooleanField())
    return waiting.annotate(later=later).order_by("later", *TURN)


_LIVE = Select(
    lambda: CallAttempt.objects.select_related("agent").filter(
        callback=Later("callback"), state__in=states.LIVE_ATTEMPT
    )
)


def live_attempt(case: Case) -> CallAttempt | None:
    return _LIVE.first(callback=case.callback.pk)


def attempts_of(case: Case) -> QuerySet[CallAttempt]:
    return CallAttempt.objects.select_related("agent").filter(callback=case.callback).order_by("-placed_at")


def confirmed_attempt(case: Case) -> CallAttempt | None:
    """The latest call in which the caller read out the code."""
    confirmed = attempts_of(case).filter(read_out_confirmed_at__isnull=False, agent_id=case.agent_id)
    return confirmed.first() if case.agent_id else None


def call_to(callback: Callback) -> CallAttempt | None:
    """The call that rings at the number of this request now.

    It may have been placed for another request for the same number: until the caller has read out a code,
    nobody knows whose call it is, and each page says that it is being called.
    """
    return (
        CallAttempt.objects.select_related("agent")
        .filter(
            Q(callback=callback) | Q(number=callback.number, read_out_confirmed_at__isnull=True),
            state__in=states.LIVE_ATTEMPT,
        )
        .first()
    )


def calls_to_number(number: str, *, since: datetime) -> list[CallAttempt]:
    """Calls that ring at this number or in which somebody talks, and those talked in that ended ``since``.

    Of a call that nobody answered no name was heard, so it is none to ask about.
    """
    return list(
        CallAttempt.objects.select_related("agent")
        .filter(
            Q(state__in=(AttemptState.CALLING, AttemptState.TALKING))
            | Q(ended_at__gt=since, answered_at__isnull=False),
            number=number,
        )
        .order_by("-placed_at")
    )


def others_of_number(callback: Callback) -> int:
    """How many other requests wait for a call to the same number."""
    waiting = Callback.objects.filter(number=callback.number, state__in=states.IN_LINE)
    return waiting.exclude(pk=callback.pk).count()


@once
def evidence_of(case: Case) -> list[Evidence]:
    return list(case.evidence.order_by("asked_at"))


def standing_approval(case: Case) -> Approval | None:
    return case.approvals.filter(state__in=states.STANDING_APPROVAL).first()


def approvals_wanted() -> QuerySet[Approval]:
    return (
        Approval.objects.select_related("case", "case__agent", "requested_by")
        .filter(state=ApprovalState.REQUESTED)
        .order_by("requested_at")
    )


def approval(approval_id: int) -> Approval | None:
    return (
        Approval.objects.select_related("case", "case__account", "case__callback", "requested_by")
        .filter(pk=approval_id)
        .first()
    )


@once
def claim_of(case: Case) -> Claim:
    """What the claimant says: the address they typed, where the account has lost it, and what they disown."""
    if case.account_id is None:
        return NO_CLAIM
    return claim_to(case.account_id, case.email, disowned=case.disowned)


@once
def doubt_of(case: Case) -> Doubt:
    """The doubt about the account as this case sees it: for its claim, at the moment of its request."""
    if case.account_id is None:
        return Doubt()
    return doubt_about(case.account_id, asked_at=case.opened_at, claim=claim_of(case))


@once
def findings_of(case: Case) -> Findings:
    """What is found of the account now; of a closed case, what was found when it ended."""
    if case.findings is not None:
        return findings.from_json(case.findings)
    doubt = doubt_of(case)
    return findings.of(case, doubt, plan_of(case), only_lost=is_only_lost(case, doubt))


def is_only_lost(case: Case, doubt: Doubt) -> bool:
    """An authenticator was lost, and neither the portal nor the caller knows of a stranger."""
    if not case.has_lost or case.account_id is None:
        return False
    return not (doubt.is_strong or case.strange_sessions or case.disowned or claim_of(case).items)


def lost_of(case: Case, doubt: Doubt) -> frozenset[int]:
    """The authenticators that a restore takes out as lost.

    Where the agent has named none, all code apps in use: but for a takeover, where they may be a stranger's.
    """
    if case.account_id is None or not case.has_lost:
        return frozenset()
    if case.lost or not is_only_lost(case, doubt):
        return frozenset(case.lost)
    bound = accounts.selectors.bound_authenticators(case.account_id)
    return frozenset(one.id for one in bound if one.kind == "totp")


class Terms(TypedDict):
    """What a restore of a case is asked for: the same for the plan and for what runs."""

    user_id: int
    asked_at: datetime
    claim: Claim
    also: frozenset[int]
    lost: frozenset[int]
    keep_password: bool


def terms_of(case: Case, account: int) -> Terms:
    doubt = doubt_of(case)
    return Terms(
        user_id=account,
        asked_at=case.opened_at,
        claim=claim_of(case),
        also=frozenset(case.also_undone),
        lost=lost_of(case, doubt),
        keep_password=case.knows_password and is_only_lost(case, doubt),
    )


@once
def plan_of(case: Case) -> Plan | None:
    """What a restore would do now, or None where the desk may not act on any account."""
    if case.account_id is None or not policies.desk_can_recover(case):
        return None
    return undo.plan(**terms_of(case, case.account_id))


@once
def proves_older(case: Case, change_id: int) -> bool:
    """Has the caller shown something that was theirs before this change, and that counts without it?"""
    if case.account_id is None:
        return False
    claim = claim_to(case.account_id, case.email, disowned={*case.disowned, change_id})
    doubt = doubt_about(case.account_id, asked_at=case.opened_at, claim=claim)
    change = next((one for one in _changes_of(case) if one.id == change_id), None)
    if change is None:
        return False
    keys = [
        item_key(one.method, one.target)
        for one in policies.standing(evidence_of(case), clock.now(), case.agent_id)
        if one.target is not None
    ]
    shown = [doubt.standings[key] for key in keys if key in doubt.standings]
    return any(one.item.bound_at < change.at and not doubt.is_doubtful(one.item.key) for one in shown)


def item_key(method: str, target: int) -> str:
    """What an evidence was about, by the key that the judgement knows it by."""
    return address_key(target) if method == Method.EMAIL_CODE else authenticator_key(target)


def _changes_of(case: Case) -> list[ChangeSeen]:
    since = case.opened_at - UNDO_PERIOD
    return accounts.selectors.changes_since(case.account_id, since) if case.account_id else []


def changes_in(case: Case, sessions: Iterable[UUID]) -> list[int]:
    """The changes of the last 30 days that these sessions made."""
    ids = set(sessions)
    return [one.id for one in _changes_of(case) if one.session in ids]


def kind_of_change(case: Case, change_id: int) -> str:
    return next((one.kind for one in _changes_of(case) if one.id == change_id), "")


def recent_sessions(case: Case) -> list[SessionSeen]:
    """The sessions of the 30 days before the request and since, the newest first."""
    if case.account_id is None:
        return []
    return accounts.selectors.sessions_of(case.account_id, since=case.opened_at - UNDO_PERIOD)


def apps_of(case: Case, doubt: Doubt) -> list[BoundAuthenticator]:
    """The code apps that the caller may have lost: their own, as far as anybody knows."""
    if case.account_id is None:
        return []
    _addresses, factors = accounts.selectors.all_items(case.account_id)
    since = case.opened_at - UNDO_PERIOD
    return [
        one
        for one in factors
        if one.kind == "totp"
        and (one.removed_at is None or one.removed_at >= since)
        and not doubt.is_doubtful(authenticator_key(one.id))
    ]


def is_put_back(case: Case) -> bool:
    """Was the account restored a short time ago, with nothing left to undo? Only its link is sent again."""
    plan = plan_of(case)
    return plan is not None and not plan.moves_something and undo.is_put_back(plan.user_id)


@dataclass(frozen=True)
class Offerable:
    """What the caller can be asked for: what counts as the owner's and can still be checked."""

    addresses: Sequence[BoundAddress]
    authenticators: Sequence[BoundAuthenticator]
    recovery_codes: Sequence[BoundAuthenticator]


def offerable(case: Case, doubt: Doubt | None = None) -> Offerable:
    if case.account_id is None:
        return Offerable((), (), ())
    doubt = doubt or doubt_of(case)
    lost = lost_of(case, doubt)
    factors = [
        one
        for one in accounts.selectors.authenticators_that_count(case.account_id, doubt)
        if one.id not in lost
    ]
    return Offerable(
        addresses=accounts.selectors.addresses_that_count(case.account_id, doubt),
        authenticators=[one for one in factors if one.kind == "totp"],
        recovery_codes=[one for one in factors if one.kind == "recovery_codes"],
    )


def account_of(case: Case) -> AccountSummary | None:
    if case.account_id is None:
        return None
    return accounts.selectors.summary(case.account_id)


@dataclass(frozen=True)
class Standing:
    """Where a case stands with the policy: what was shown, what is still wanted."""

    passed: frozenset[str]
    needed: int
    had_second_factor: bool
    suffices: bool
    needs_second_person: bool
    approval: Approval | None


@once
def standing_of(case: Case) -> Standing:
    passed = frozenset(one.method for one in policies.standing(evidence_of(case), clock.now(), case.agent_id))
    had = case.account_id is not None and accounts.selectors.had_second_factor(case.account_id)
    suffices = policies.evidence_suffices(set(passed), had_second_factor=had)
    two = suffices and (
        policies.needs_second_person(set(passed), adds=bool(case.also_undone), plan=plan_of(case))
        or doubt_of(case).is_dispute
    )
    return Standing(
        passed=passed,
        needed=policies.methods_needed(had_second_factor=had),
        had_second_factor=had,
        suffices=suffices,
        needs_second_person=two,
        approval=standing_approval(case),
    )


# Disputes


def _disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related(
        "case", "case__callback", "case__account", "account", "announced_by", "approved_by", "decided_by"
    )


def dispute(dispute_id: int) -> Dispute | None:
    return _disputes().filter(pk=dispute_id).first()


def dispute_of_case(case: Case) -> Dispute | None:
    return _disputes().filter(case=case).first()


@once
def open_dispute_about(account_id: int | None) -> Dispute | None:
    """The dispute about this account that isn't over, if there is one."""
    return _disputes().filter(account_id=account_id, state__in=states.OPEN_DISPUTE).first()


def open_disputes() -> QuerySet[Dispute]:
    """Those that wait for people first, the oldest first."""
    waits = ExpressionWrapper(Q(state=DisputeState.ANNOUNCED), output_field=BooleanField())
    return (
        _disputes()
        .filter(state__in=states.OPEN_DISPUTE)
        .annotate(waits=waits)
        .order_by("waits", "announced_at")
    )


def due_disputes(limit: int = 20) -> list[int]:
    """Announced restores whose time has come and that nobody has contested."""
    due = Dispute.objects.filter(state=DisputeState.ANNOUNCED, due_at__lte=clock.now())
    return list(due.order_by("due_at").values_list("pk", flat=True)[:limit])


def was_announced(account_id: int | None, changes: Iterable[int]) -> bool:
    """Has a dispute about one of these changes been announced before?"""
    return Dispute.objects.filter(account=account_id, changes__overlap=list(changes)).exists()


def who_worked_on(case: Case) -> set[int]:
    """Everybody of the desk who had a hand in the case: they decide nothing about it."""
    people = {case.agent_id, *case.worked_by}
    people |= set(case.evidence.values_list("agent", flat=True))
    people |= set(case.notes.values_list("author", flat=True))
    people |= set(case.approvals.values_list("requested_by", flat=True))
    people |= set(CallAttempt.objects.filter(callback__case=case).values_list("agent", flat=True))
    return {one for one in people if one is not None}


def failures_of(case: Case, method: Method | str) -> int:
    return sum(one.failures for one in case.evidence.filter(method=method))


def accounts_in_open_cases() -> list[int]:
    open_ones = Case.objects.filter(state__in=states.OPEN_CASE, account__isnull=False)
    return list(open_ones.values_list("account", flat=True).distinct())


@dataclass(frozen=True)
class Changed:
    """That and when an account changed, and nothing else of it."""

    count: int
    moments: Sequence[datetime]


def changed(case: Case) -> Changed:
    """How often the sign-in details of the account changed in the 30 days before the request, and since."""
    if case.account_id is None:
        return Changed(0, ())
    since = case.opened_at - timedelta(days=30)
    until = case.wrap_up_ended_at or clock.now()
    at = [one.at for one in accounts.selectors.changes_since(case.account_id, since) if one.at <= until]
    return Changed(len(at), at[-MOST_MOMENTS:])


def waiting_for_somebody_elsewhere() -> list[Callback]:
    """Those due whom nobody at the desk may call: everybody there sits where the request came from."""
    now = clock.now()
    marked = Callback.objects.select_related("case").filter(
        state=CallbackState.WAITING, due_at__lte=now, from_staff__len__gt=0
    )
    there = Duty.objects.filter(agent__is_active=True, seen_at__gt=now - GONE_AFTER)
    desk = there.exclude(state=DutyState.OFF).values_list("agent", "agent__languages")
    return [
        one
        for one in marked.order_by("due_at")
        if not any(one.language in spoken and agent not in one.from_staff for agent, spoken in desk)
    ]


def open_cases() -> QuerySet[Case]:
    return _cases().filter(closed_at__isnull=True).order_by("opened_at")


def desk() -> QuerySet[Duty]:
    """All agents that were ever on duty, those at work first."""
    return Duty.objects.select_related("agent").order_by("state", "agent__name")


def off_duty_reason(agent_id: int) -> str:
    """Why the agent last went off duty: ``missed_offer``, ``gone``, as they asked, or another."""
    duty = duty_of(agent_id)
    if duty is None or duty.state != DutyState.OFF:
        return ""
    seen = audit.reading.of_account(
        agent_id, since=duty.since - timedelta(seconds=5), actions=("agent.off_duty",)
    )
    return str(seen[-1].details.get("reason", "")) if seen else ""


def notes_of(case: Case) -> QuerySet[Note]:
    """The newest first."""
    return case.notes.select_related("author").order_by("-written_at", "-pk")


@dataclass(frozen=True)
class Counts:
    """The desk at this moment. ``oldest``: since when the longest waiting of those due is due."""

    waiting: int
    later: int
    in_work: int
    oldest: datetime | None
    on_duty: int
    free: int
    approvals: int


def counts() -> Counts:
    now = clock.now()
    line = Callback.objects.filter(state__in=states.IN_LINE).aggregate(
        waiting=Count("pk", filter=Q(due_at__lte=now)),
        later=Count("pk", filter=Q(due_at__gt=now)),
        oldest=Min("due_at", filter=Q(due_at__lte=now)),
    )
    agents = Duty.objects.filter(agent__is_active=True).aggregate(
        on_duty=Count("pk", filter=~Q(state=DutyState.OFF)),
        free=Count("pk", filter=Q(state=DutyState.FREE)),
    )
    return Counts(
        **line,
        **agents,
        in_work=Case.objects.filter(state=CaseState.WORKING).count(),
        approvals=approvals_wanted().count(),
    )


def opened_by_hour(hours: int = 24) -> list[int]:
    """How many asked in each of the last ``hours`` hours, the oldest first."""
    now = clock.now()
    counted = [0] * hours
    opened = Case.objects.filter(opened_at__gt=now - timedelta(hours=hours)).values_list(
        "opened_at", flat=True
    )
    for when in opened:
        counted[max(hours - 1 - int((now - when).total_seconds() // 3600), 0)] += 1
    return counted
