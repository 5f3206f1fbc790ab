"""Restoring: the plan is shown before it runs, then all of it happens in one transaction."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

import audit.recording
from accounts.rollback import services as rollback
from common import encryption, live
from common.errors import Denied
from recovery import letters, lifecycle
from recovery.approvals import services as approvals
from recovery.evidence.methods import registry as evidence_methods
from recovery.models import Case
from recovery.restoration import selectors
from recovery.states import CallbackState, CaseState
from recovery.takeover import findings
from recovery.takeover import selectors as takeover_selectors

REPLACEMENT = "recovery_code"
"""Under what name a sealed replacement lies with its case."""


def restore(*, case: Case, agent_id: int) -> None:
    """Undo what is doubted, and what the agent has added with a reason.

    E-mail and authenticators back, the stranger's and the lost ones out, pending changes cancelled, password
    void, all sessions ended, 72 hours of hold, a one-time link to choose a password to an address that
    counts. Where nothing but an authenticator was lost, a password that its owner knows stays.

    Raises:
        Denied: the policy is not satisfied; the refusal is in the trail.
        Stale: the case has been decided in the meantime.
    """
    approvals.withdraw_if_dead(case_id=case.pk)
    with refusals_in_trail(case):
        _restore(case, agent_id)


@contextmanager
def refusals_in_trail(case: Case) -> Iterator[None]:
    """A restore, or the announcement of one, that is not allowed: that it was tried stays in the trail."""
    try:
        yield
    except Denied as refusal:
        audit.recording.record(
            "restore.refused",
            account=case.account_id,
            case=case.pk,
            outcome="denied",
            details={"reason": str(refusal)},
        )
        raise


@transaction.atomic
def _restore(case: Case, agent_id: int) -> None:
    case = lifecycle.lock_case(case.pk)
    ready = selectors.check_can_restore_now(case, agent_id)
    if case.account_id is None or ready.plan is None:
        raise Denied(_("No account uses the e-mail address given by the claimant."))
    if ready.needs_second_person:
        approvals.check_still_holds(case)
    if not ready.plan.moves_something and rollback.is_put_back(case.account_id):
        _send_link_again(case, agent_id)
        return
    letters.send_letter(case, takeover_selectors.findings_of(case), ready.plan)
    put_back(case, by=agent_id, methods=ready.passed)
    live.publish_on_commit(f"agent:{agent_id}")


def put_back(case: Case, *, by: int | None, methods: Collection[str]) -> None:
    """What was decided is done, inside the caller's transaction, which holds the case.

    ``methods``: by what the claimant has shown to be the owner.
    """
    if case.account_id is None:
        raise Denied(_("No account uses the e-mail address given by the claimant."))
    case.findings = findings.to_json(takeover_selectors.findings_of(case))
    terms = takeover_selectors.terms_of(case)
    rollback.restore(user_id=case.account_id, terms=terms, case=case.pk, by=by)
    for method in methods:
        if fresh := evidence_methods.by_name(method).replace_used(case.account_id):
            sealed = encryption.seal({REPLACEMENT: fresh})
            Case.objects.filter(pk=case.pk).update(replacement_sealed=sealed)
    lifecycle.close_case(case, CaseState.RESTORED, CallbackState.DONE)
    audit.recording.record("case.restored", account=case.account_id, case=case.pk)
    for other in Case.objects.filter(account=case.account_id, state=CaseState.WAITING):
        lifecycle.close_case(other, CaseState.SUPERSEDED, CallbackState.CANCELLED)
        audit.recording.record("case.superseded", account=case.account_id, case=other.pk)


def _send_link_again(case: Case, agent_id: int) -> None:
    """The account has been put back already, and its owner has missed the link: it is sent once more."""
    rollback.send_link_again(user_id=case.account_id or 0, case=case.pk)
    lifecycle.close_case(case, CaseState.RESTORED, CallbackState.DONE)
    audit.recording.record("case.link_sent_again", account=case.account_id, case=case.pk)
    live.publish_on_commit(f"agent:{agent_id}")


@transaction.atomic
def show_replacement(*, case: Case) -> str | None:
    """What replaces the code that was used up as evidence: shown once, on the claimant's page."""
    row = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if row.replacement_sealed is None:
        return None
    code = str(encryption.unseal(row.replacement_sealed)[REPLACEMENT])
    Case.objects.filter(pk=case.pk).update(replacement_sealed=None)
    return code
