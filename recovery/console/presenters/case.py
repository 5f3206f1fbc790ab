"""What one screen of the console shows of a case: put together here, printed by the templates.

Every button asks the same policy as the write behind it, so a page offers nothing that would be refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

import accounts.doubt.selectors
import accounts.selectors
import audit.reading
from accounts.doubt.selectors import USUAL_LIFE
from accounts.doubt.words import REASONS
from accounts.rollback.plans import Line
from accounts.selectors import AccountSummary, BoundAuthenticator, FreezeSeen, SessionSeen
from audit.reading import Entry
from audit.search import presenter as presenters
from audit.search.presenter import Told
from common import clock
from common.email_addresses import mask
from common.errors import Denied
from common.text import isolate
from notifications.value_types import CHANGES
from recovery import current_work, insiders, states
from recovery.approvals import policies as approval_policies
from recovery.approvals import readiness
from recovery.calls import selectors as call_selectors
from recovery.calls import services as calls
from recovery.cases import policies as case_policies
from recovery.cases import selectors as case_selectors
from recovery.claims import policies as claim_policies
from recovery.console import sentences, timeline
from recovery.console.timeline import Picture
from recovery.disputes import policies as dispute_policies
from recovery.disputes import selectors as dispute_selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.models import Approval, CallAttempt, Case, Evidence
from recovery.models.case import Noticed, Why
from recovery.models.evidence import Method
from recovery.queue import selectors as queue_selectors
from recovery.restoration import policies as restoration_policies
from recovery.restoration import selectors as restoration_selectors
from recovery.states import AttemptState, CaseState, EvidenceState
from recovery.takeover import policies as takeover_policies
from recovery.takeover import selectors as takeover_selectors
from telephony import numbers

TOLD = ("sign_in.", "sign_out", "session.ended", "credential.", "freeze.", "password.", "objection.")
"""What the table beside the picture tells: what happened to the account, not what the desk did."""
MOST_ROWS = 40


@dataclass(frozen=True)
class Way:
    """One thing that the caller can be asked for. ``state``: "", asked, passed, failed, expired, voided."""

    method: Method
    icon: str
    what: str
    target: int | None
    state: str
    until: datetime | None
    seconds_left: int
    failures: int
    tries_left: int
    usable: bool


@dataclass(frozen=True)
class Row:
    """An event of the account as a sentence, and when it was, seen from the request.

    ``by_owner``: done by whoever was signed in as the owner; where staff sit is nobody's clue.
    """

    told: Told
    since_call: str
    theirs: str
    ours: str
    by_owner: bool
    marked: bool


@dataclass(frozen=True)
class Call:
    """The call bar. ``phase``: none, unknown, calling, talking, ended, or gone where the case has ended.

    ``over``: the case is closed and they still talk. ``others``: how many other requests wait for this
    number. The agent then asks for the code first: by it the portal knows on whose page the caller looks, and
    which words stand there.
    """

    phase: str
    attempt: CallAttempt | None
    words: tuple[str, ...]
    seconds: int
    confirmed: bool
    tries_left: int
    number: str
    link: str
    script: Sequence[str]
    place_refusal: str
    others: int
    over: bool


def may_see(case_id: int, *, person: int, supervises: bool) -> Case | None:
    """The one door: an agent's own cases, and any case for who supervises."""
    case = case_selectors.case_of_agent(case_id, person)
    if case is None and supervises:
        case = case_selectors.any_case(case_id)
    return case


def in_hand(case: Case, person: int) -> bool:
    return case.state == CaseState.WORKING and case.agent_id == person


def why_read(case: Case, person: int) -> Why:
    """The reason that the trail keeps with this read."""
    if in_hand(case, person):
        return Why.IN_HAND
    return Why.OWN_EARLIER_CASE if case.agent_id == person else Why.SUPERVISION


def is_concealed(case: Case, person: int) -> bool:
    """Until its agent knows that they speak with whoever opened the page, nobody sees whose account it is.

    Anybody can ask for a call about anybody. Until the code was read out, *that* and *when* the account
    changed is all that is shown of it; so too to somebody who sits where the request came from.
    """
    return call_selectors.confirmed_attempt(case) is None or insiders.is_insider(case.callback, person)


def who_asks(case: Case) -> dict[str, Any]:
    return {
        "email": mask(case.email),
        "number": numbers.mask(case.callback.number),
        "language": language_name(case.callback.language),
        "category": case.get_category_display(),
        "state": sentences.CASE[CaseState(case.state)],
        "tone": sentences.CASE_TONE.get(CaseState(case.state), "off"),
        "attempts": [
            (one, sentences.ATTEMPT[AttemptState(one.state)]) for one in call_selectors.attempts_of(case)
        ],
    }


def language_name(code: str) -> str:
    return str(translation.get_language_info(code)["name_translated"])


@dataclass(frozen=True)
class Account:
    """What of the account may be seen here: masked, and only for whom the desk can act."""

    summary: AccountSummary
    freezes: Sequence[FreezeSeen]
    open_sessions: int
    address_changed: bool


def account(case: Case) -> Account | None:
    """None where there is none, and for a colleague's account: its life is not the desk's business.

    Nor of a case that is a snapshot: this is how the account is now.
    """
    if case.is_snapshot:
        return None
    summary = takeover_selectors.account_of(case)
    if summary is None or not takeover_policies.desk_can_recover(case):
        return None
    before = takeover_selectors.offerable(case).addresses
    return Account(
        summary=summary,
        freezes=accounts.selectors.active_freezes(summary.id),
        open_sessions=len(accounts.selectors.open_sessions(summary.id)),
        address_changed=bool(before) and all(one.masked != summary.email_masked for one in before),
    )


def history(case: Case) -> tuple[Picture | None, list[Row]]:
    """The account's life as picture and, from where the picture shows each act, as sentences."""
    if case.account_id is None or not takeover_policies.desk_can_recover(case):
        return None, []
    now = case.wrap_up_ended_at or clock.now()
    seen = audit.reading.of_account(case.account_id, since=now - USUAL_LIFE)
    entries = [one for one in seen if one.occurred_at <= now]
    found = takeover_selectors.findings_of(case)
    picture = timeline.draw(
        entries,
        account=case.account_id,
        opened_at=case.opened_at,
        until=case.closed_at or now,
        found=found,
        zone=case.zone,
        reader_zone=timezone.get_current_timezone_name(),
    )
    begins = picture.detail_from if picture else case.opened_at - timeline.RECENT
    shown = _told(entries, begins)
    here = timezone.get_current_timezone_name()
    return picture, [
        Row(
            told,
            timeline.since_call(told.entry.occurred_at, case.opened_at),
            timeline.local_time(told.entry.occurred_at, case.opened_at, case.zone),
            timeline.local_time(told.entry.occurred_at, case.opened_at, here),
            told.entry.actor == case.account_id,
            timeline.is_doubted(told.entry, found),
        )
        for told in presenters.tell(shown)
    ]


def _told(entries: Sequence[Entry], begins: datetime) -> list[Entry]:
    """The newest events worth a row; what another event says already is left out."""
    signed_in = [one for one in entries if one.action == timeline.SIGN_IN]
    return [
        one
        for one in entries
        if one.occurred_at >= begins
        and one.action.startswith(TOLD)
        and not (one.action == "sign_in.password_accepted" and _led_on(one, signed_in))
        and not (one.action == "session.ended" and one.details.get("reason") == "signed_out")
    ][-MOST_ROWS:]


def _led_on(accepted: Entry, signed_in: Sequence[Entry]) -> bool:
    return any(
        (one.browser, one.address) == (accepted.browser, accepted.address)
        and timedelta(0) <= one.occurred_at - accepted.occurred_at < timedelta(minutes=10)
        for one in signed_in
    )


@dataclass(frozen=True)
class SaidChange:
    """A change of the last 30 days for the caller to say whose it was. ``mark``: not_me, too, or "".

    ``was_me``: they may confirm it; ``too``: the agent may add it to what is undone.
    """

    line: Line
    what: str | Promise
    mark: str
    was_me: bool
    too: bool


@dataclass(frozen=True)
class Visit:
    """A session of the last 30 days for the caller to know or not."""

    session: SessionSeen
    reasons: Sequence[str | Promise]
    marked: bool


@dataclass(frozen=True)
class App:
    """A code app that may be lost."""

    app: BoundAuthenticator
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


def claim(case: Case, person: int) -> ClaimSeen:
    now, doubt = clock.now(), takeover_selectors.doubt_of(case)
    only_lost = takeover_selectors.is_only_lost(case, doubt)
    attempt = call_selectors.confirmed_attempt(case)
    may = not _refusal(lambda: evidence_policies.check_may_ask(case, person, attempt, now))
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
        apps=[App(one, one.id in lost) for one in takeover_selectors.apps_of(case, doubt)],
        sessions_refusal=_refusal(
            lambda: claim_policies.check_may_end_sessions(case, person, attempt, now, methods)
        ),
    )


def _said_of(case: Case, line: Line, person: int, attempt: CallAttempt | None, now: datetime) -> SaidChange:
    mark = "not_me" if line.id in case.disowned else "too" if line.id in case.also_undone else ""
    older = evidence_selectors.proves_older(case, line.id)
    return SaidChange(
        line=line,
        what=CHANGES[line.kind],
        mark=mark,
        was_me=claim_policies.can_confirm(case, person, attempt, now, proves_older=older),
        too=not line.chosen,
    )


def call(case: Case, person: int, *, agent_name: str, site: str) -> Call:
    """The state of the call as the agent with the case sees it."""
    now = clock.now()
    attempt = (
        current_work.live_attempt(case) or call_selectors.attempts_of(case).filter(agent_id=person).first()
    )
    if attempt is not None and attempt.agent_id != person:
        attempt = None
    phase, seconds = "none", 0
    if attempt is not None:
        phase = _PHASES.get(AttemptState(attempt.state), "none")
        seconds = int((now - (attempt.answered_at or attempt.placed_at)).total_seconds())
    live = attempt is not None and attempt.state in states.LIVE_ATTEMPT
    if not case.is_open and not live:
        phase = "gone"
    over = not case.is_open and live
    script: list[str] = []
    confirmed = bool(attempt and attempt.read_out_confirmed_at)
    others = queue_selectors.others_of_number(case.callback) if live and not confirmed and not over else 0
    if attempt is not None and live and not over:
        with translation.override(case.callback.language):
            script = sentences.call_script(attempt, agent_name, site, code_first=others > 0)
    refusal = ""
    try:
        case_policies.check_works_on(case, person)
    except Denied as denied:
        refusal = str(denied)
    return Call(
        phase=phase,
        attempt=attempt,
        words=tuple(attempt.words.split(" ")) if attempt is not None and live and not others else (),
        seconds=max(seconds, 0),
        confirmed=confirmed,
        tries_left=calls.READ_OUT_FAILURES - (attempt.read_out_failures if attempt else 0),
        number=numbers.pretty(attempt.number) if attempt is not None and live else "",
        link=numbers.link(attempt.number) if attempt is not None and live else "",
        script=script,
        place_refusal=refusal,
        others=others,
        over=over,
    )


_PHASES = {
    AttemptState.PLANNED: "unknown",
    AttemptState.UNKNOWN: "unknown",
    AttemptState.CALLING: "calling",
    AttemptState.TALKING: "talking",
    AttemptState.ENDED: "ended",
    AttemptState.LEFT_OPEN: "ended",
}


@dataclass(frozen=True)
class Side:
    """The right column: what was shown, what is wanted, what would be done, what may be done now."""

    ways: Sequence[Way]
    passed: int
    needed: int
    reachable: bool
    ask_refusal: str
    second_person: bool
    approval: Approval | None
    approval_state: str
    may_request_approval: bool
    steps: Sequence[tuple[str, str]]
    gives_up: bool
    restore_refusal: str
    in_hand: bool
    disputed: bool
    contestable: bool


def side(case: Case, person: int, *, concealed: bool = False) -> Side:
    now = clock.now()
    standing = readiness.readiness_of(case)
    ways: list[Way] = []
    if not concealed:
        ways = _ways(case, now) if case.is_open else _shown(case)
    plan = takeover_selectors.plan_of(case) if case.is_open and not concealed else None
    kinds = {one.method for one in ways if one.usable or one.state == EvidenceState.PASSED}
    approval = standing.approval or case.approvals.order_by("-requested_at").first()
    disputed = case.state == CaseState.WORKING and takeover_selectors.doubt_of(case).is_dispute
    return Side(
        ways=ways,
        passed=len(standing.passed),
        needed=standing.needed,
        reachable=len(kinds) >= standing.needed,
        ask_refusal=_refusal(
            lambda: evidence_policies.check_may_ask(case, person, call_selectors.confirmed_attempt(case), now)
        ),
        second_person=standing.needs_second_person,
        approval=approval,
        approval_state=approval.state if approval else "",
        may_request_approval=in_hand(case, person) and standing.needs_second_person
        and standing.approval is None,
        steps=[sentences.step(one) for one in plan.steps] if plan else [],
        gives_up=approval_policies.gives_up(plan),
        restore_refusal=announce_refusal(case, person) if disputed else restore_refusal(case, person),
        in_hand=in_hand(case, person),
        disputed=disputed,
        contestable=_refusal(
            lambda: dispute_policies.check_may_contest_in_call(
                case,
                person,
                suffices=standing.suffices,
                dispute=restoration_selectors.open_dispute_about(case.account_id),
            )
        )
        == "",
    )  # fmt: skip


def restore_refusal(case: Case, person: int) -> str:
    """Why the account cannot be restored now, "" where it can."""
    standing = readiness.readiness_of(case)
    return _refusal(
        lambda: restoration_policies.check_may_restore(
            case,
            person,
            methods=set(standing.passed),
            had_second_factor=standing.had_second_factor,
            approval=standing.approval,
            plan=takeover_selectors.plan_of(case),
            doubt=takeover_selectors.doubt_of(case),
            dispute=restoration_selectors.open_dispute_about(case.account_id),
        )
    )


def announce_refusal(case: Case, person: int) -> str:
    """Why the restore cannot be announced now, "" where it can."""
    standing, doubt = readiness.readiness_of(case), takeover_selectors.doubt_of(case)
    return _refusal(
        lambda: dispute_policies.check_may_announce(
            case,
            person,
            methods=set(standing.passed),
            had_second_factor=standing.had_second_factor,
            approval=standing.approval,
            plan=takeover_selectors.plan_of(case),
            doubt=doubt,
            dispute=restoration_selectors.open_dispute_about(case.account_id),
            announced_before=dispute_selectors.was_announced(case.account_id, doubt.disputed_ids),
        )
    )


def _refusal(check: Any) -> str:
    try:
        check()
    except Denied as denied:
        return str(denied)
    return ""


def _ways(case: Case, now: datetime) -> list[Way]:
    if not takeover_policies.desk_can_recover(case):
        return []
    offered = takeover_selectors.offerable(case)
    asked = evidence_selectors.evidence_of(case)
    ways = [
        _way(
            Method.EMAIL_CODE, "mail", _("Code to %(address)s") % {"address": one.masked}, one.id, asked, now
        )
        for one in offered.addresses
    ]
    if offered.authenticators:
        names = pgettext("between the parts of a list", ", ").join(
            isolate(one.name) for one in offered.authenticators if one.name
        )
        removed = all(one.removed_at for one in offered.authenticators)
        what = _("Authenticator app of before") if removed else _("Authenticator app")
        if names:
            what = _("%(what)s: %(names)s") % {"what": what, "names": names}
        ways.append(_way(Method.TOTP, "device", what, None, asked, now))
    if offered.recovery_codes:
        left = sum(one.left or 0 for one in offered.recovery_codes)
        what = _("Recovery code, %(left)s unused") % {"left": left}
        ways.append(_way(Method.RECOVERY_CODE, "key", what, None, asked, now))
    return ways


def _shown(case: Case) -> list[Way]:
    """What was asked for in a case that is closed: from its own rows, whatever the account has by now."""
    return [
        Way(
            method=Method(one.method),
            icon=_ICONS[Method(one.method)],
            what=_("Code to %(address)s") % {"address": one.target_masked}
            if one.method == Method.EMAIL_CODE
            else str(Method(one.method).label),
            target=one.target,
            # Passed evidence is voided when the case ends without a restore: it was shown all the same.
            state=EvidenceState.PASSED if one.passed_at else one.state,
            until=None,
            seconds_left=0,
            failures=one.failures,
            tries_left=0,
            usable=False,
        )
        for one in evidence_selectors.evidence_of(case)
    ]


_ICONS = {Method.EMAIL_CODE: "mail", Method.TOTP: "device", Method.RECOVERY_CODE: "key"}


def _way(
    method: Method, icon: str, what: str, target: int | None, asked: Sequence[Evidence], now: datetime
) -> Way:
    of_method = [one for one in asked if one.method == method]
    own = [one for one in of_method if target is None or one.target == target]
    last = own[-1] if own else None
    state = last.state if last else ""
    if last and state in (EvidenceState.ASKED, EvidenceState.PASSED) and last.expires_at <= now:
        state = EvidenceState.EXPIRED
    failures = sum(one.failures for one in of_method)
    left = evidence_policies.FAILURES_A_METHOD - failures
    sent_out = method == Method.EMAIL_CODE and len(of_method) >= evidence_policies.EMAIL_CODES_A_CASE
    live = state in (EvidenceState.ASKED, EvidenceState.PASSED)
    return Way(
        method=method,
        icon=icon,
        what=what,
        target=target,
        state=EvidenceState.FAILED if left <= 0 else state,
        until=last.expires_at if last and live else None,
        seconds_left=int((last.expires_at - now).total_seconds()) if last and live else 0,
        failures=failures,
        tries_left=max(left, 0),
        usable=left > 0 and not (sent_out and not live),
    )
