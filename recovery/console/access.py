"""Whose case it is: for anybody else it does not exist, and that they asked is in the trail."""

from typing import NoReturn
from uuid import UUID

from django.http import Http404

import audit.recording
from accounts.access import VerifiedRequest
from recovery.cases import policies as case_policies
from recovery.cases import selectors as case_selectors
from recovery.models import Case
from recovery.models.case import Why


def session_of(request: VerifiedRequest) -> UUID:
    return UUID(request.session["sid"])


def own_case(request: VerifiedRequest, case_id: int) -> Case:
    """A case to act on: for anybody but its agent it does not exist here, supervisors included."""
    case = case_selectors.case_of_agent(case_id, request.user.pk)
    if case is None:
        nothing_here(request)
    return case


def nothing_here(request: VerifiedRequest) -> NoReturn:
    """A case that is not theirs does not exist for somebody of the desk; that they asked is in the trail."""
    audit.recording.record("access.denied", outcome="denied", details={"path": request.path[:200]})
    raise Http404


def readable_case(case_id: int, *, person: int, supervises: bool) -> Case | None:
    """The one door: an agent's own cases, and any case for who supervises."""
    case = case_selectors.case_of_agent(case_id, person)
    if case is None and supervises:
        case = case_selectors.any_case(case_id)
    return case


def why_read(case: Case, person: int) -> Why:
    """The reason that the trail keeps with this read."""
    if case_policies.works_on(case, person):
        return Why.IN_HAND
    return Why.OWN_EARLIER_CASE if case.agent_id == person else Why.SUPERVISION
