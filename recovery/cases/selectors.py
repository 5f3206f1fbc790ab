"""Cases: the only door to their rows for views, tasks and live pages."""

from collections.abc import Iterable

from django.db.models import QuerySet

from common import codes
from recovery import states
from recovery.models import CallAttempt, Case, Note
from recovery.states import CaseState


def case_by_capability(capability: str) -> Case | None:
    """The case that this browser opened."""
    if not capability:
        return None
    cases = Case.objects.select_related("callback", "agent").defer("findings")
    return cases.filter(capability=codes.fingerprint(capability)).first()


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


def cases_in_work(agents: Iterable[int]) -> dict[int, int]:
    """The case that each of these agents has in work, by agent."""
    working = Case.objects.filter(agent__in=agents, state=CaseState.WORKING)
    return dict(working.values_list("agent", "pk"))


def closed_cases_of(agent_id: int, limit: int = 20) -> QuerySet[Case]:
    return _cases().filter(agent_id=agent_id, closed_at__isnull=False).order_by("-closed_at")[:limit]


def who_worked_on(case: Case) -> set[int]:
    """Everybody of the desk who had a hand in the case: they decide nothing about it."""
    people = {case.agent_id, *case.worked_by}
    people |= set(case.evidence.values_list("agent", flat=True))
    people |= set(case.notes.values_list("author", flat=True))
    people |= set(case.approvals.values_list("requested_by", flat=True))
    people |= set(CallAttempt.objects.filter(callback__case=case).values_list("agent", flat=True))
    return {one for one in people if one is not None}


def accounts_in_open_cases() -> list[int]:
    open_ones = Case.objects.filter(state__in=states.OPEN_CASE, account__isnull=False)
    return list(open_ones.values_list("account", flat=True).distinct())


def open_cases() -> QuerySet[Case]:
    return _cases().filter(closed_at__isnull=True).order_by("opened_at")


def notes_of(case: Case) -> QuerySet[Note]:
    """The newest first."""
    return case.notes.select_related("author").order_by("-written_at", "-pk")
