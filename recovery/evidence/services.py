"""Evidence: the agent chooses what to ask for, the claimant shows it on their own page, nobody reads it out.

Only what counts as the owner's can be asked for. Wrong answers are counted for the whole case, and
the owner hears of them. What counts, counts for this case and this agent, and for half an hour.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

import accounts.freezes.services
import audit.recording
from accounts import mails as account_mails
from accounts.doubt.signals import Reason
from common import clock, live
from common.errors import Denied, Stale
from recovery import letters, lifecycle
from recovery.calls import selectors as call_selectors
from recovery.evidence import policies, selectors
from recovery.evidence.methods import registry as methods
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.states import (
    EvidenceState,
)
from recovery.takeover import selectors as takeover_selectors


@transaction.atomic
def ask(*, case: Case, agent_id: int, method: Method, target: int | None = None) -> Evidence:
    """Ask the caller for one piece of evidence. Asking again replaces the question, not the failures.

    ``target`` is the id of an address that counts, for a code by e-mail.

    Raises:
        Denied: the policy does not allow it now.
    """
    now = clock.now()
    case = lifecycle.lock_case(case.pk)
    policies.check_can_ask(case, agent_id, call_selectors.confirmed_attempt(case), now)
    if selectors.failures_of(case, method) >= policies.FAILURES_A_METHOD:
        raise Denied(_("Too many wrong answers. This method can’t be used in this case any more."))
    asked_by = methods.by_name(method)
    question = asked_by.ask(case, takeover_selectors.offerable(case), target)
    _replace_earlier(case, method)
    evidence = Evidence.objects.create(
        case=case,
        agent_id=agent_id,
        method=method,
        target=question.target,
        target_masked=question.masked,
        digest=question.digest,
        asked_at=now,
        expires_at=now + asked_by.life,
    )
    audit.recording.record(
        "evidence.requested",
        account=case.account_id,
        case=case.pk,
        details={"method": str(method), "target_masked": question.masked},
    )
    live.publish_on_commit(f"case:{case.pk}")
    return evidence


def _replace_earlier(case: Case, method: Method) -> None:
    """What was shown by this method before counts no more, nor does an approval that names it."""
    earlier = Evidence.objects.filter(
        case=case, method=method, state__in=(EvidenceState.ASKED, EvidenceState.PASSED)
    )
    replaced = list(earlier.values_list("pk", flat=True))
    earlier.update(state=EvidenceState.VOIDED, digest="")
    lifecycle.withdraw_approval(case, naming=replaced)


def answer(*, case: Case, evidence_id: int, typed: str) -> bool:
    """The claimant answers on the status page. Returns whether it was right.

    A wrong answer is committed as a failure before this returns.

    Raises:
        Stale: the question is not asked any more, or its time is over.
        Throttled: the authenticator was tried too often at the desk.
    """
    with transaction.atomic():
        lifecycle.lock_callback(case.pk)
        evidence = (
            Evidence.objects.select_for_update(of=("self",))
            .select_related("case", "case__account")
            .filter(pk=evidence_id, case=case)
            .first()
        )
        now = clock.now()
        if evidence is None or evidence.state != EvidenceState.ASKED or evidence.expires_at <= now:
            raise Stale(_("This is no longer needed. Tell the agent, who can ask again."))
        method = methods.by_name(evidence.method)
        if not method.is_typed:
            raise Stale(_("Someone else answers this."))
        target = method.shown(evidence, typed)
        if target is not None:
            pass_(evidence, target, now)
        else:
            _fail(evidence, now)
    return target is not None


def pass_(evidence: Evidence, target: int, now: datetime) -> None:
    """It was shown, inside the caller's transaction, which holds the case's place in line."""
    Evidence.objects.move(
        evidence,
        EvidenceState.PASSED,
        target=target,
        passed_at=now,
        expires_at=now + methods.by_name(evidence.method).holds,
        digest="",
    )
    record(evidence, "evidence.passed", {"method": evidence.method})
    protect_claim(evidence.case)


def _fail(evidence: Evidence, now: datetime) -> None:
    case = evidence.case
    first = not Evidence.objects.filter(case=case, failures__gt=0).exists()
    Evidence.objects.filter(pk=evidence.pk).update(failures=evidence.failures + 1)
    left = policies.FAILURES_A_METHOD - selectors.failures_of(case, evidence.method)
    if left <= 0:
        Evidence.objects.move(evidence, EvidenceState.FAILED, digest="")
    record(evidence, "evidence.failed", {"method": evidence.method, "left": max(left, 0)}, outcome="failed")
    if case.account_id and (first or left <= 0):
        for recipient in letters.owners(case):
            account_mails.evidence_failed(recipient, at=now)


def record(
    evidence: Evidence, action: str, details: dict[str, object], outcome: audit.recording.Outcome = "ok"
) -> None:
    """In the trail, and on the pages of the caller and the agent."""
    case = evidence.case
    audit.recording.record(
        action,
        account=case.account_id,
        case=case.pk,
        outcome=outcome,
        details=details,
    )
    live.publish_on_commit(f"case:{case.pk}")
    live.publish_on_commit(f"agent:{evidence.agent_id}")


@transaction.atomic
def expire() -> int:
    """Questions that nobody answered in time, and evidence that was not used in time. Returns how many.

    An approval that names such evidence is taken back by the same sweep, after this transaction: whoever
    asks anew holds the case first and then its evidence.
    """
    due = Evidence.objects.select_for_update(skip_locked=True).filter(
        state__in=(EvidenceState.ASKED, EvidenceState.PASSED),
        expires_at__lte=clock.now(),
        case__closed_at=None,
    )
    count = 0
    for evidence in due:
        Evidence.objects.move(evidence, EvidenceState.EXPIRED, digest="")
        record(evidence, "evidence.expired", {"method": evidence.method})
        count += 1
    return count


def protect_claim(case: Case) -> None:
    """The caller has shown enough: what they say they did not do is frozen now, not first by the restore.

    Not what only their word speaks against, where two owners may stand against each other: that is announced
    first. Inside the caller's transaction, which holds the case.
    """
    doubt = takeover_selectors.doubt_of(case)
    if case.account_id is None or doubt.is_dispute or not selectors.is_enough_shown(case):
        return
    disowned = [one.change.id for one in doubt.changes if Reason.DISOWNED in one.reasons]
    if disowned:
        accounts.freezes.services.protect_claim(user_id=case.account_id, case=case.pk, changes=disowned)
