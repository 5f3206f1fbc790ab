"""What the caller says during the call, noted by the agent: what was theirs, what was not, what is lost.

Each of these changes what a restore would do. So an approval of before dies with it, and what was shown by
something that does not count any more is no evidence any more.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import accounts.disputes.objections
import accounts.sessions.services
import audit.recording
from accounts.doubt.selectors import authenticator_key
from common import clock, live
from common.errors import Denied
from recovery import letters, lifecycle
from recovery.approvals import readiness
from recovery.calls import selectors as call_selectors
from recovery.claims import policies
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.evidence import services as evidence_services
from recovery.evidence.methods import registry as methods
from recovery.models import Case, Evidence
from recovery.states import EvidenceState
from recovery.takeover import selectors as takeover_selectors


@transaction.atomic
def was_not_me(*, case: Case, agent_id: int, change: int) -> None:
    """The caller did not make this change: a restore undoes it and all that hangs on it.

    Raises:
        Denied: the policy does not allow it now, or it is no change of the last 30 days.
    """
    case = _locked(case, agent_id)
    kind = _undoable(case, change)
    disowned = sorted({*case.disowned, change})
    Case.objects.filter(pk=case.pk).update(disowned=disowned, also_undone=_without(case.also_undone, change))
    _said(case, kind, "not_me")


@transaction.atomic
def was_me(*, case: Case, agent_id: int, change: int) -> None:
    """The caller made this change, and has shown something that was theirs before it: it is settled.

    Raises:
        Denied: the policy does not allow it now, or it is no change of the last 30 days.
    """
    case = _locked(case, agent_id)
    kind = _undoable(case, change)
    policies.check_can_confirm(
        case,
        agent_id,
        call_selectors.confirmed_attempt(case),
        clock.now(),
        proves_older=evidence_selectors.proves_older(case, change),
    )
    assert case.account_id is not None  # the desk may recover it
    Case.objects.filter(pk=case.pk).update(
        disowned=_without(case.disowned, change), also_undone=_without(case.also_undone, change)
    )
    accounts.disputes.objections.keep_all(user_id=case.account_id, changes=[change], by=agent_id)
    _said(case, kind, "was_me")


@transaction.atomic
def said_nothing(*, case: Case, agent_id: int, change: int) -> None:
    """Take back what was noted of a change. What the portal itself doubts stays in the plan."""
    case = _locked(case, agent_id)
    Case.objects.filter(pk=case.pk).update(
        disowned=_without(case.disowned, change), also_undone=_without(case.also_undone, change)
    )
    _said(case, takeover_selectors.kind_of_change(case, change), "nothing")


@transaction.atomic
def undo_too(*, case: Case, agent_id: int, change: int, reason: str) -> None:
    """Add a change that nothing speaks against to what is undone. A second person has to agree then.

    Raises:
        Denied: the policy does not allow it now, or it is no change of the last 30 days.
    """
    case = _locked(case, agent_id)
    kind = _undoable(case, change)
    Case.objects.filter(pk=case.pk).update(
        also_undone=sorted({*case.also_undone, change}), also_reason=reason
    )
    audit.recording.record(
        "case.plan_widened", account=case.account_id, case=case.pk, details={"change": kind}
    )
    _after(case)


@transaction.atomic
def end_sessions(*, case: Case, agent_id: int, sessions: Collection[UUID]) -> int:
    """These sessions were not the caller's: they end, and a restore undoes what they changed.

    Sessions that have ended already are marked all the same. Returns how many were open.

    Raises:
        Denied: the policy does not allow it now, or they are no sessions of the last 30 days.
    """
    case = _locked(case, agent_id)
    methods = set(readiness.readiness_of(case).passed)
    policies.check_can_end_sessions(
        case, agent_id, call_selectors.confirmed_attempt(case), clock.now(), methods
    )
    chosen = set(sessions)
    if not chosen or not chosen <= {one.id for one in takeover_selectors.recent_sessions(case)}:
        raise Denied(_("Choose sessions from the last 30 days."))
    assert case.account_id is not None  # the desk may recover it
    ended = accounts.sessions.services.end_named(user_id=case.account_id, ids=chosen, reason="desk")
    Case.objects.filter(pk=case.pk).update(
        strange_sessions=sorted({*case.strange_sessions, *chosen}),
        disowned=sorted({*case.disowned, *takeover_selectors.changes_in(case, chosen)}),
    )
    audit.recording.record(
        "case.sessions_ended",
        account=case.account_id,
        case=case.pk,
        details={"count": len(chosen), "ended": ended},
    )
    _after(case)
    letters.tell_sessions_ended(case, len(chosen))
    return ended


@transaction.atomic
def say_lost(*, case: Case, agent_id: int, lost: Collection[int], knows_password: bool) -> None:
    """Which authenticators the caller has lost, and whether they know their password. None: nothing is lost.

    Raises:
        Denied: the policy does not allow it now, or one of these can't be lost.
    """
    case = _locked(case, agent_id)
    theirs = {one.id for one in takeover_selectors.losable_of(case, takeover_selectors.doubt_of(case))}
    if not set(lost) <= theirs:
        raise Denied(_("Choose sign-in methods from this account."))
    Case.objects.filter(pk=case.pk).update(
        has_lost=bool(lost), lost=sorted(lost), knows_password=bool(lost) and knows_password
    )
    audit.recording.record(
        "case.loss_said", account=case.account_id, case=case.pk, details={"count": len(lost)}
    )
    _after(case)


def _locked(case: Case, agent_id: int) -> Case:
    """The case, locked, where this agent may note what its caller says."""
    case = lifecycle.lock_case(case.pk)
    evidence_policies.check_can_ask(case, agent_id, call_selectors.confirmed_attempt(case), clock.now())
    return case


def _undoable(case: Case, change: int) -> str:
    """The kind of a change that a restore could undo."""
    plan = takeover_selectors.plan_of(case)
    for line in plan.lines if plan else ():
        if line.id == change:
            return line.kind
    raise Denied(_("Choose a change from the last 30 days that can be undone."))


def _without(ids: list[int], change: int) -> list[int]:
    return [one for one in ids if one != change]


def _said(case: Case, kind: str, said: str) -> None:
    audit.recording.record(
        "case.change_said", account=case.account_id, case=case.pk, details={"change": kind, "said": said}
    )
    _after(case)


def _after(case: Case) -> None:
    case.refresh_from_db()
    _void_what_counts_no_more(case)
    lifecycle.withdraw_approval(case)
    evidence_services.protect_claim(case)
    live.publish_on_commit(f"case:{case.pk}")
    live.publish_on_commit("desk")


def _void_what_counts_no_more(case: Case) -> None:
    doubt = takeover_selectors.doubt_of(case)
    lost = {authenticator_key(one) for one in takeover_selectors.lost_of(case, doubt)}
    standing = Evidence.objects.filter(
        case=case, state__in=(EvidenceState.ASKED, EvidenceState.PASSED), target__isnull=False
    )
    void = [
        one.pk
        for one in standing
        if one.target is not None
        and ((key := methods.by_name(one.method).item_key(one.target)) in lost or doubt.is_doubtful(key))
    ]
    if void:
        Evidence.objects.filter(pk__in=void).update(state=EvidenceState.VOIDED, digest="")
        audit.recording.record(
            "evidence.voided", account=case.account_id, case=case.pk, details={"count": len(void)}
        )
