"""What putting an account back would do, as pages and letters show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from accounts.authenticators import registry
from accounts.doubt.selectors import address_key
from accounts.doubt.signals import Reason
from accounts.limits import HOLD
from accounts.models import Authenticator, CredentialChange, Identifier, RecoveryContact, User
from accounts.rollback import companions, steps
from accounts.rollback.finding import ONLY_DOUBTFUL, Found, Terms, find
from accounts.words import RestoreStep
from common.email_addresses import mask
from common.text import mask_name


@dataclass(frozen=True)
class Step:
    """One line of the plan. ``kind`` is the name of a step in ``accounts.rollback.steps``.

    ``data`` is fit to show: masked addresses, names, counts, moments.
    """

    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A change of the last 30 days: what it made of what, why it is doubted, and whether it is undone.

    ``before`` and ``after`` are masked addresses or names, "" where there was nothing or nothing is kept.
    ``in_force``: False where it never took effect; ``after`` is then what it would have been.
    """

    id: int
    kind: str
    at: datetime
    before: str
    after: str
    reasons: tuple[Reason, ...]
    chosen: bool
    in_force: bool


@dataclass(frozen=True)
class Plan:
    """``lines``: every change that could be undone, oldest first.

    ``gives_back_claim``: whether the lost address that the caller names is the account's again.
    """

    user_id: int
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    gives_back_claim: bool
    moves_something: bool


def plan(*, user_id: int, terms: Terms = ONLY_DOUBTFUL) -> Plan:
    """What :func:`accounts.rollback.services.restore` would do now, in the order in which it does it."""
    found = find(User.objects.get(pk=user_id), terms)
    reasons = {one.change.id: one.reasons for one in found.doubt.changes}
    chosen = {change.pk for change in found.changes}
    lines = [
        _line(change, reasons.get(change.pk, ()), change.pk in chosen)
        for change in sorted([*found.changes, *found.others], key=lambda one: (one.at, one.pk))
    ]
    then = found.email_then or found.email_now
    lost_address = {key for key in terms.claim.items if key.startswith("email:")}
    gives_back = not lost_address or (then is not None and address_key(then.pk) in lost_address)
    return Plan(user_id, tuple(lines), steps_of(found), gives_back, found.moves_something)


def _line(change: CredentialChange, reasons: tuple[Reason, ...], chosen: bool) -> Line:
    def shown(
        address: Identifier | None, factor: Authenticator | None, contact: RecoveryContact | None
    ) -> str:
        if contact:
            return mask_name(contact.name)
        return mask(address.value) if address else factor.name if factor else ""

    return Line(
        change.pk,
        change.kind,
        change.at,
        shown(change.identifier_out, change.authenticator_out, change.contact_out),
        shown(change.identifier_in, change.authenticator_in, change.contact_in) or change.shown,
        reasons,
        chosen,
        change.in_force,
    )


def steps_of(found: Found) -> tuple[Step, ...]:
    done: list[Step] = []
    if found.email_differs and found.email_then:
        now = mask(found.email_now.value) if found.email_now else ""
        done.append(_step(steps.EMAIL_BACK, {"from": now, "to": mask(found.email_then.value)}))
    out = [row for row in found.factors_out if row.removed_at is None]
    done += [_step(registry.by_kind(row.kind).steps.out, _factor(row)) for row in out]
    done += [_step(registry.by_kind(row.kind).steps.lost, _factor(row)) for row in found.lost]
    done += [_step(registry.by_kind(row.kind).steps.back, _factor(row)) for row in found.factors_back]
    done += [_step(step, data) for step, data in companions.steps(found.companions)]
    if found.pending:
        done.append(_step(steps.PENDING_CANCELLED, {"count": found.pending}))
    done.append(_step(steps.PASSWORD_KEPT if found.keeps_password else steps.PASSWORD_VOID))
    done.append(_step(steps.SESSIONS_ENDED, {"count": found.sessions}))
    done.append(_step(steps.HOLD, {"hours": int(HOLD.total_seconds()) // 3600}))
    return tuple(done)


def _step(step: RestoreStep, data: Mapping[str, Any] = MappingProxyType({})) -> Step:
    return Step(step.name, data)


def _factor(row: Authenticator) -> Mapping[str, Any]:
    return {"id": row.pk, "name": row.name, "bound_at": row.bound_at, "removed_at": row.removed_at}
