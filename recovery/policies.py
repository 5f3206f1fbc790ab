"""What is allowed at the desk. Rules come in pairs: ``check_...`` raises a sentence, ``..._can_...`` asks.

The button, the page and the write ask the same function.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.doubt.judgement import Doubt
from accounts.rollback.services import Plan
from common.errors import Denied
from recovery.models import Approval, CallAttempt, Case, Dispute, Evidence
from recovery.models.case import Category
from recovery.models.evidence import Method
from recovery.states import ApprovalState, AttemptState, CaseState, DisputeState, EvidenceState

PASS_HOLDS = timedelta(minutes=1)
"""An agent who passed a call on is not asked again for so long: for ever would leave calls waiting."""

CLAIMED = 1
"""The most urgent priority that a claimant's own words give; 0 is what the portal has found out."""

TRIES = 3
AS_ASKED = timedelta(minutes=60)
"""A retry this close to the moment that the claimant chose may come at night."""
MORNING, EVENING = time(8), time(21)

EMAIL_CODE_LIFE = timedelta(minutes=10)
PROMPT_LIFE = timedelta(minutes=10)
EVIDENCE_LIFE = timedelta(minutes=30)
FAILURES_A_METHOD = 5
"""In the whole case: asking anew does not give new tries (NIST SP 800-63B-4 section 3.1.3.2)."""
READ_OUT_FAILURES = 5
LINK_FAILURES = 5
"""Wrong codes by the link that one address got: nobody uses up the tries of who reads another one."""
EMAIL_CODES_A_CASE = 5
CALL_LIFE = timedelta(minutes=60)
"""How long a confirmed read-out code shows that the agent speaks with whoever opened the page."""


def priority_of(category: Category | str) -> int:
    """How urgent a request is by the claimant's own words."""
    return CLAIMED if category == Category.TAKEN_OVER else CLAIMED + 1


def next_try(
    outcome: AttemptState, *, tries: int, now: datetime, chosen_at: datetime, zone: str
) -> datetime | None:
    """When to call again after ``tries`` calls, the last of which ended with ``outcome``; None: never.

    Busy 2 min, no answer 10 min then 1 h, voicemail 1 h, failed once after 2 min, an invalid number never.
    Nobody is called between 21:00 and 08:00 of their zone, unless the try is still close to the moment
    that they chose.
    """
    if tries >= TRIES or outcome == AttemptState.INVALID_NUMBER:
        return None
    if outcome == AttemptState.FAILED and tries > 1:
        return None
    waits = {
        AttemptState.BUSY: timedelta(minutes=2),
        AttemptState.FAILED: timedelta(minutes=2),
        AttemptState.NO_ANSWER: timedelta(minutes=10) if tries == 1 else timedelta(hours=1),
        AttemptState.VOICEMAIL: timedelta(hours=1),
    }
    at = now + waits[outcome]
    if at - chosen_at <= AS_ASKED:
        return at
    local = at.astimezone(ZoneInfo(zone))
    if local.time() < MORNING:
        return local.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    if local.time() >= EVENING:
        tomorrow = local + timedelta(days=1)
        return tomorrow.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    return at


def check_works_on(case: Case, agent_id: int) -> None:
    """The case is in work, and in this agent's hands."""
    if case.state != CaseState.WORKING or case.agent_id != agent_id:
        raise Denied(_("This case is not in your hands."))


def check_may_write(case: Case, agent_id: int) -> None:
    """Notes are the agent's who has the case, and until they have written up."""
    if case.agent_id != agent_id:
        raise Denied(_("This case is not in your hands."))
    if case.is_snapshot:
        raise Denied(_("Your wrap-up is over. Nothing can be added to this case."))


def check_may_ask(case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime) -> None:
    """Evidence may be asked for: the desk may recover the account, the caller read out the code."""
    check_works_on(case, agent_id)
    check_desk_may_recover(case)
    if attempt is None or not attempt.read_out_confirmed_at or attempt.agent_id != agent_id:
        raise Denied(_("First let the caller read out the code on their page."))
    if now - attempt.read_out_confirmed_at > CALL_LIFE:
        raise Denied(_("The read-out code was confirmed too long ago. Call again."))


def check_may_end_sessions(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, methods: set[str]
) -> None:
    """The caller has read out the code and shown one thing that counts: a stranger could end them all."""
    check_may_ask(case, agent_id, attempt, now)
    if not methods:
        raise Denied(_("First let the caller show one thing that counts."))


def can_end_sessions(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, methods: set[str]
) -> bool:
    return _allows(lambda: check_may_end_sessions(case, agent_id, attempt, now, methods))


def check_may_confirm(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, *, proves_older: bool
) -> None:
    """*This was me*: only from who has shown something that was there before the change."""
    check_may_ask(case, agent_id, attempt, now)
    if not proves_older:
        raise Denied(_("First let the caller show something that is older than this change."))


def can_confirm(
    case: Case, agent_id: int, attempt: CallAttempt | None, now: datetime, *, proves_older: bool
) -> bool:
    return _allows(lambda: check_may_confirm(case, agent_id, attempt, now, proves_older=proves_older))


def _allows(check: Callable[[], None]) -> bool:
    try:
        check()
    except Denied:
        return False
    return True


def check_desk_may_recover(case: Case) -> None:
    if case.account is None:
        raise Denied(_("No account stands under the e-mail that the claimant gave."))
    if case.account.is_staff_member:
        raise Denied(_("This is a staff account. Two administrators recover it, not the desk."))


def desk_can_recover(case: Case) -> bool:
    return case.account is not None and not case.account.is_staff_member


def standing(evidence: list[Evidence], now: datetime, agent_id: int | None) -> list[Evidence]:
    """What counts now: passed, not expired, collected by the agent who has the case."""
    return [
        one
        for one in evidence
        if one.state == EvidenceState.PASSED and one.expires_at > now and one.agent_id == agent_id
    ]


def methods_needed(*, had_second_factor: bool) -> int:
    """How many different methods the caller must pass (NIST SP 800-63B-4 section 4.2.2.2)."""
    return 2 if had_second_factor else 1


def evidence_suffices(methods: set[str], *, had_second_factor: bool) -> bool:
    return len(methods) >= methods_needed(had_second_factor=had_second_factor)


def needs_second_person(methods: set[str], *, adds: bool = False, plan: Plan | None = None) -> bool:
    """Without an authenticator in the caller's hands, two people must agree; so must they to undo more
    than what is doubtful (``adds``), and that the address which the caller names is given up for good.

    Mailed and saved codes can both lie in a stolen mailbox; an authenticator app does not.
    """
    return adds or gives_up(plan) or Method.TOTP not in methods


def gives_up(plan: Plan | None) -> bool:
    """Would the lost address that the caller names still not be on the account afterwards?"""
    return plan is not None and not plan.gives_back_claim


def check_may_restore(
    case: Case,
    agent_id: int,
    *,
    methods: set[str],
    had_second_factor: bool,
    approval: Approval | None,
    plan: Plan | None,
    doubt: Doubt,
    dispute: Dispute | None,
) -> None:
    """May the agent restore the account now? ``dispute``: the one that is open about the account."""
    _check_shown(case, agent_id, methods=methods, had_second_factor=had_second_factor)
    check_undisputed(dispute)
    if doubt.is_dispute:
        raise Denied(
            _(
                "Only the caller's word speaks against this change: two owners may stand against each other. "
                "Announce the restore instead. It waits for 72 hours."
            )
        )
    if needs_second_person(methods, adds=bool(case.also_undone), plan=plan):
        check_approved(approval)


def check_may_announce(
    case: Case,
    agent_id: int,
    *,
    methods: set[str],
    had_second_factor: bool,
    approval: Approval | None,
    plan: Plan | None,
    doubt: Doubt,
    dispute: Dispute | None,
    announced_before: bool,
) -> None:
    """May the agent announce a restore, instead of doing it? Two people always agree to that."""
    _check_shown(case, agent_id, methods=methods, had_second_factor=had_second_factor)
    check_undisputed(dispute)
    check_gives_back(plan)
    if not doubt.is_dispute:
        raise Denied(_("This is no dispute: restore the account, or refuse the case."))
    if announced_before:
        raise Denied(_("This was announced before and withdrawn. It can't be announced again."))
    check_approved(approval)


def check_gives_back(plan: Plan | None) -> None:
    if gives_up(plan):
        raise Denied(_("After this the address that the caller names would still not be on the account."))


def _check_shown(case: Case, agent_id: int, *, methods: set[str], had_second_factor: bool) -> None:
    check_works_on(case, agent_id)
    check_desk_may_recover(case)
    if not evidence_suffices(methods, had_second_factor=had_second_factor):
        raise Denied(_("The evidence does not suffice yet."))


def check_approved(approval: Approval | None) -> None:
    if approval is None or approval.state != ApprovalState.APPROVED:
        raise Denied(_("A second person has to approve first."))


def check_undisputed(dispute: Dispute | None) -> None:
    if dispute is not None:
        raise Denied(_("There's a dispute about this account. Until it's decided, nothing changes hands."))


def check_may_contest_in_call(case: Case, agent_id: int, *, suffices: bool, dispute: Dispute | None) -> None:
    """The agent contests a dispute for a caller who has shown enough in a case of their own."""
    check_works_on(case, agent_id)
    if dispute is None or dispute.case_id == case.pk or dispute.state != DisputeState.ANNOUNCED:
        raise Denied(_("Nothing is announced that this caller could contest."))
    if not suffices:
        raise Denied(_("The evidence does not suffice yet."))


def check_may_decide_dispute(dispute: Dispute, person_id: int, *, worked: set[int]) -> None:
    """Who decides has not worked on the case, it's not their own account, and the second isn't the first."""
    if person_id in worked or person_id == dispute.announced_by_id:
        raise Denied(_("You have worked on this case, so somebody else has to decide."))
    if person_id == dispute.account_id:
        raise Denied(_("Nobody decides about their own account."))
    if dispute.state == DisputeState.ANNOUNCED:
        raise Denied(_("Nobody has contested this. It's done by itself when its time has come."))
    if dispute.state not in (DisputeState.CONTESTED, DisputeState.PROPOSED):
        raise Denied(_("This has been decided already."))
    if dispute.state == DisputeState.PROPOSED and person_id == dispute.decided_by_id:
        raise Denied(_("You have decided. Now a second person has to confirm it."))


def check_may_decide(approval: Approval, person_id: int) -> None:
    """The second person has never worked on the case, and it is not their own account."""
    if person_id in {approval.requested_by_id, approval.case.agent_id}:
        raise Denied(_("Somebody else has to decide: you asked for it or work on the case."))
    if person_id in approval.case.worked_by:
        raise Denied(_("Somebody else has to decide: you have worked on this case yourself."))
    if person_id == approval.case.account_id:
        raise Denied(_("Nobody decides about their own account."))
    if approval.state != ApprovalState.REQUESTED:
        raise Denied(_("This has been decided already."))
