"""What the claimant says, and what the agent may note of it while they talk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.forms import Form
from django.utils.functional import Promise

import accounts.doubt.selectors
from accounts import change_types
from accounts.authenticators import registry
from accounts.authenticators.base import BoundAuthenticator
from accounts.doubt.words import REASONS
from accounts.rollback.plans import Line
from accounts.selectors import SessionSeen
from common import clock
from common.errors import refusal_of
from recovery.approvals import readiness
from recovery.calls import selectors as call_selectors
from recovery.claims import policies as claim_policies
from recovery.console.forms import LossForm, SessionsForm, UndoTooForm
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.models import CallAttempt, Case
from recovery.models.case import Noticed
from recovery.takeover import selectors as takeover_selectors


@dataclass(frozen=True)
class SaidChange:
    """A change of the last 30 days for the caller to say whose it was. ``mark``: not_me, too, or "".

    ``was_me``: they may confirm it; ``too``: the form by which the agent may add it to what is undone.
    """

    line: Line
    what: str | Promise
    mark: str
    was_me: bool
    too: UndoTooForm | None


@dataclass(frozen=True)
class Visit:
    """A session of the last 30 days for the caller to know or not."""

    session: SessionSeen
    reasons: Sequence[str | Promise]
    marked: bool


@dataclass(frozen=True)
class App:
    """An authenticator that may be lost."""

    app: BoundAuthenticator
    what: str
    lost: bool


@dataclass(frozen=True)
class ClaimSeen:
    """What the claimant says, and what the agent may note of it while they talk.

    ``open``: whether changes, sessions and apps are shown and may be marked: not before the caller's code is
    confirmed. ``kind``: ``lost``, ``lost_and_taken``, or "".
    """

    noticed: Sequence[str]
    since: str
    said: str
    kind: str
    open: bool
    changes: Sequence[SaidChange] = ()
    sessions: Sequence[Visit] = ()
    apps: Sequence[App] = ()
    sessions_refusal: str = ""
    also_reason: str = ""


def claim_of(case: Case, person: int) -> ClaimSeen:
    now, doubt = clock.now(), takeover_selectors.doubt_of(case)
    only_lost = takeover_selectors.is_only_lost(case, doubt)
    attempt = call_selectors.confirmed_attempt(case)
    may = not refusal_of(evidence_policies.check_can_ask, case, person, attempt, now)
    seen = ClaimSeen(
        noticed=[str(Noticed(one).label) for one in case.noticed],
        since=case.get_since_display(),
        said=case.said,
        kind="lost" if only_lost else "lost_and_taken" if case.has_lost and case.account_id else "",
        open=may,
        also_reason=case.also_reason if case.also_undone else "",
    )
    plan = takeover_selectors.plan_of(case)
    if not may or plan is None or case.account_id is None:
        return seen
    methods = set(readiness.readiness_of(case).passed)
    strange = accounts.doubt.selectors.strangeness_of_sessions(case.account_id, asked_at=case.opened_at)
    lost = takeover_selectors.lost_of(case, doubt)
    return replace(
        seen,
        changes=[_said_of(case, line, person, attempt, now) for line in plan.lines],
        sessions=[
            Visit(
                one,
                [REASONS[reason] for reason in strange.get(str(one.id), ())],
                one.id in case.strange_sessions,
            )
            for one in takeover_selectors.recent_sessions(case)
        ],
        apps=[
            App(one, registry.by_kind(one.kind).words.item(one.name), one.id in lost)
            for one in takeover_selectors.losable_of(case, doubt)
        ],
        sessions_refusal=refusal_of(
            claim_policies.check_can_end_sessions, case, person, attempt, now, methods
        ),
    )


def forms_of(case: Case, claim: ClaimSeen) -> dict[str, Form]:
    """What the agent ticks beside it, as it is noted now."""
    noted = {"lost": [one.app.id for one in claim.apps if one.lost], "knows_password": case.knows_password}
    return {
        "lost_form": LossForm(apps=[one.app.id for one in claim.apps], initial=noted),
        "sessions_form": SessionsForm(known=[one.session.id for one in claim.sessions]),
    }


def _said_of(case: Case, line: Line, person: int, attempt: CallAttempt | None, now: datetime) -> SaidChange:
    mark = "not_me" if line.id in case.disowned else "too" if line.id in case.also_undone else ""
    older = evidence_selectors.proves_older(case, line.id)
    return SaidChange(
        line=line,
        what=change_types.by_kind(line.kind).letter,
        mark=mark,
        was_me=claim_policies.can_confirm(case, person, attempt, now, proves_older=older),
        too=None if line.chosen else UndoTooForm(change=line.id),
    )
