"""Reading: the only door to cases for views, tasks and live pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, BooleanField, Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet
from django.db.models.functions import Greatest

import accounts.selectors
import audit.selectors
from accounts.selectors import AccountSummary, BoundAddress, BoundAuthenticator
from common import clock, codes
from recovery import estimator, policies, states, window
from recovery.estimator import Wait
from recovery.models import Approval, CallAttempt, Callback, Case, Duty, Evidence, Note
from recovery.models.evidence import Method
from recovery.states import ApprovalState, CallbackState, CaseState, DutyState
from recovery.window import Act, Window

USUAL_LIFE = timedelta(days=400)
CLAIMED = 1
"""The most urgent priority that a claimant's own words give; 0 is what the portal has found out."""
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


def case_by_capability(capability: str) -> Case | None:
    """The case that this browser opened."""
    if not capability:
        return None
    return (
        Case.objects.select_related("callback", "agent")
        .filter(capability=codes.fingerprint(capability))
        .first()
    )


def case_of_agent(case_id: int, agent_id: int) -> Case | None:
    """A case that is or was last in this agent's hands; nothing else exists for them."""
    return _cases().filter(pk=case_id, agent_id=agent_id).first()


def any_case(case_id: int) -> Case | None:
    """For supervisors, who see all cases."""
    return _cases().filter(pk=case_id).first()


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("callback", "agent", "account")


def case_in_work(agent_id: int) -> Case | None:
    return _cases().filter(agent_id=agent_id, state=CaseState.WORKING).first()


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
        state__in=(CallbackState.WAITING, CallbackState.OFFERED), case__protected_at__isnull=False
    )
    if languages is not None:
        waiting = waiting.filter(language__in=languages)
    later = ExpressionWrapper(Q(due_at__gt=clock.now()), output_field=BooleanField())
    return waiting.annotate(later=later).order_by("later", "priority", "due_at", "pk")


def ahead_of(callback: Callback) -> int:
    """How many are called before this one, as far as a claimant may know.

    A takeover that is found to be running moves its case forward. The place that the page shows leaves
    that out: it would tell a stranger that the e-mail names an account, and that it was taken over.
    """
    shown = max(callback.priority, CLAIMED)
    due = Callback.objects.exclude(pk=callback.pk).filter(
        state__in=(CallbackState.WAITING, CallbackState.OFFERED),
        language=callback.language,
        due_at__lte=max(clock.now(), callback.due_at),
    )
    return (
        due.annotate(shown=Greatest(F("priority"), CLAIMED))
        .filter(
            Q(shown__lt=shown)
            | Q(shown=shown, due_at__lt=callback.due_at)
            | Q(shown=shown, due_at=callback.due_at, pk__lt=callback.pk)
        )
        .count()
    )


def wait_of(callback: Callback) -> Wait | None:
    """The likely wait of somebody in line; None when nobody who speaks the language is on duty."""
    return _wait(ahead_of(callback), callback.language)


def wait_for_new(language: str) -> Wait | None:
    """What somebody who asks now would wait, with everybody due in front of them."""
    ahead = Callback.objects.filter(
        state__in=(CallbackState.WAITING, CallbackState.OFFERED), language=language, due_at__lte=clock.now()
    ).count()
    return _wait(ahead, language)


def _wait(ahead: int, language: str) -> Wait | None:
    desk = Duty.objects.filter(agent__languages__contains=[language], agent__is_active=True).aggregate(
        agents=Count("pk", filter=~Q(state=DutyState.OFF)),
        # Who is being asked counts as free: the call that they are asked for counts as waiting.
        free=Count("pk", filter=Q(state__in=(DutyState.FREE, DutyState.OFFERED))),
    )
    return estimator.estimate(
        ahead=ahead, agents=desk["agents"], free=desk["free"], handling=handling_seconds()
    )


def handling_seconds() -> float:
    """Mean time of a call of the last week, wrap-up included, once there are 20 of them."""
    took = ExpressionWrapper(F("ended_at") - F("placed_at"), output_field=DurationField())
    measured = CallAttempt.objects.filter(
        ended_at__isnull=False, placed_at__gte=clock.now() - timedelta(days=7)
    ).aggregate(mean=Avg(took), calls=Count("pk"))
    if measured["calls"] < 20:
        return estimator.HANDLING_SECONDS
    return float(measured["mean"].total_seconds())


def live_attempt(case: Case) -> CallAttempt | None:
    return (
        CallAttempt.objects.select_related("agent")
        .filter(callback=case.callback, state__in=states.LIVE_ATTEMPT)
        .first()
    )


def attempts_of(case: Case) -> QuerySet[CallAttempt]:
    return CallAttempt.objects.select_related("agent").filter(callback=case.callback).order_by("-placed_at")


def confirmed_attempt(case: Case) -> CallAttempt | None:
    """The latest call in which the caller read out the code."""
    return attempts_of(case).filter(read_out_confirmed_at__isnull=False, agent_id=case.agent_id).first()


def evidence_of(case: Case) -> list[Evidence]:
    return list(case.evidence.order_by("asked_at"))


def standing_approval(case: Case) -> Approval | None:
    return case.approvals.filter(state__in=(ApprovalState.REQUESTED, ApprovalState.APPROVED)).first()


def approvals_wanted() -> QuerySet[Approval]:
    return (
        Approval.objects.select_related("case", "case__agent", "requested_by")
        .filter(state=ApprovalState.REQUESTED)
        .order_by("requested_at")
    )


def approval(approval_id: int) -> Approval | None:
    return (
        Approval.objects.select_related("case", "case__account", "requested_by")
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


def open_cases() -> QuerySet[Case]:
    return _cases().filter(state__in=states.OPEN_CASE).order_by("opened_at")


def desk() -> QuerySet[Duty]:
    """All agents that were ever on duty, those at work first."""
    return Duty.objects.select_related("agent").order_by("state", "agent__name")


def off_duty_reason(agent_id: int) -> str:
    """Why the agent last went off duty: ``missed_offer``, or as they asked."""
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
    line = Callback.objects.filter(state__in=(CallbackState.WAITING, CallbackState.OFFERED)).aggregate(
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
