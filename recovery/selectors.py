"""Reading: the only door to cases for views, tasks and live pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q, QuerySet

import accounts.selectors
import audit.selectors
from accounts.selectors import AccountSummary, BoundAddress, BoundAuthenticator
from common import clock, codes
from common.written_once import Later, Select
from recovery import policies, states, window
from recovery.models import Approval, CallAttempt, Callback, Case, Duty, Evidence, Note
from recovery.models.callback import TURN
from recovery.models.duty import GONE_AFTER
from recovery.models.evidence import Method
from recovery.states import ApprovalState, CallbackState, CaseState, DutyState
from recovery.window import Act, Window

USUAL_LIFE = timedelta(days=400)
MOST_MOMENTS = 12
SIGN_IN = "sign_in.succeeded"
CHANGES = (
    "credential.email.changed",
    "credential.password.changed",
    "credential.totp.added",
    "credential.totp.removed",
    "credential.totp.replaced",
    "credential.recovery_codes.created",
    "credential.recovery_codes.removed",
)


_BY_CAPABILITY = Select(
    lambda: Case.objects.select_related("callback", "agent").filter(capability=Later("fingerprint"))
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


def others_of_number(callback: Callback) -> int:
    """How many other requests wait for a call to the same number."""
    waiting = Callback.objects.filter(number=callback.number, state__in=states.IN_LINE)
    return waiting.exclude(pk=callback.pk).count()


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


def takeover_of(account_id: int, now: datetime) -> Window | None:
    """The takeover window of an account, from its trail."""
    entries = audit.selectors.of_account(account_id, since=now - USUAL_LIFE, actions=(SIGN_IN, *CHANGES))
    # A session begins with its password, some seconds before the second factor lets it in.
    begun = {one.id: one.started_at for one in accounts.selectors.sessions_of(account_id, now - USUAL_LIFE)}
    acts = (
        Act(
            at=min(entry.occurred_at, begun.get(entry.session, entry.occurred_at))
            if entry.session and entry.action == SIGN_IN
            else entry.occurred_at,
            session=str(entry.session or entry.id),
            country=entry.country or "",
            browser=entry.browser or "",
            is_change=entry.action != SIGN_IN,
        )
        for entry in entries
        if entry.outcome == "ok" and entry.actor == account_id
    )
    return window.find(acts, now=now)


def bound_before(case: Case) -> datetime:
    """Only what was bound before this moment is evidence: the window's start, else the request itself."""
    return case.window_start or case.opened_at


@dataclass(frozen=True)
class Offerable:
    """What the caller can be asked for: bound before the window, still usable as evidence."""

    addresses: Sequence[BoundAddress]
    authenticators: Sequence[BoundAuthenticator]
    recovery_codes: Sequence[BoundAuthenticator]

    @property
    def had_second_factor(self) -> bool:
        return bool(self.authenticators or self.recovery_codes)


def offerable(case: Case) -> Offerable:
    if case.account_id is None:
        return Offerable((), (), ())
    moment = bound_before(case)
    return Offerable(
        addresses=accounts.selectors.addresses_before(case.account_id, moment),
        authenticators=accounts.selectors.authenticators_before(case.account_id, moment, "totp"),
        recovery_codes=accounts.selectors.authenticators_before(case.account_id, moment, "recovery_codes"),
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


def standing_of(case: Case) -> Standing:
    passed = frozenset(one.method for one in policies.standing(evidence_of(case), clock.now(), case.agent_id))
    had = offerable(case).had_second_factor
    suffices = policies.evidence_suffices(set(passed), had_second_factor=had)
    return Standing(
        passed=passed,
        needed=policies.methods_needed(had_second_factor=had),
        had_second_factor=had,
        suffices=suffices,
        needs_second_person=suffices and policies.needs_second_person(set(passed)),
        approval=standing_approval(case),
    )


def failures_of(case: Case, method: Method | str) -> int:
    return sum(one.failures for one in case.evidence.filter(method=method))


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
    seen = audit.selectors.of_account(
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
