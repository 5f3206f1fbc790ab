"""What the caller can be asked for, and what they have shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common import clock
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.evidence.methods import registry as methods
from recovery.evidence.methods.base import EvidenceMethod, Option
from recovery.models import Case, Evidence
from recovery.states import EvidenceState
from recovery.takeover import policies as takeover_policies
from recovery.takeover import selectors as takeover_selectors


@dataclass(frozen=True)
class EvidenceOption:
    """One thing that the caller can be asked for.

    ``state``: "", asked, passed, failed, declined, expired, voided. ``nearby``: answered from where the
    request came from.
    """

    method: str
    icon: str
    is_sent: bool
    what: str
    target: int | None
    state: str
    until: datetime | None
    seconds_left: int
    failures: int
    tries_left: int
    usable: bool
    nearby: bool = False

    @property
    def tone(self) -> str:
        """How its row looks: ``next`` is what the caller is answering now."""
        if self.state == EvidenceState.ASKED:
            return "next" if self.until else ""
        return {"passed": "good", "failed": "bad", "declined": "bad"}.get(self.state, "")

    @property
    def was_asked(self) -> bool:
        return self.state in (EvidenceState.ASKED, EvidenceState.EXPIRED, EvidenceState.VOIDED)

    @property
    def can_be_asked(self) -> bool:
        return self.usable and self.state != EvidenceState.PASSED

    @property
    def is_fresh(self) -> bool:
        """May be asked for and isn't: what is waited for, or was shown, is not asked for first."""
        return self.usable and self.state not in (EvidenceState.ASKED, EvidenceState.PASSED)


def options(case: Case) -> list[EvidenceOption]:
    """Of an open case what counts and can still be checked; of a closed one what was asked for."""
    return _offered(case) if case.is_open else _shown(case)


def _offered(case: Case) -> list[EvidenceOption]:
    if not takeover_policies.desk_can_recover(case):
        return []
    offered, now = takeover_selectors.offerable(case), clock.now()
    asked = evidence_selectors.evidence_of(case)
    return [
        _option(method, option, asked, now)
        for method in methods.every()
        for option in method.options(offered)
    ]


def _shown(case: Case) -> list[EvidenceOption]:
    """What was asked for in a case that is closed: from its own rows, whatever the account has by now."""
    return [
        EvidenceOption(
            method=one.method,
            icon=methods.by_name(one.method).icon,
            is_sent=methods.by_name(one.method).is_sent,
            what=methods.by_name(one.method).described(one.target_masked),
            target=one.target,
            # Passed evidence is voided when the case ends without a restore: it was shown all the same.
            state=EvidenceState.PASSED if one.passed_at else one.state,
            until=None,
            seconds_left=0,
            failures=one.failures,
            tries_left=0,
            usable=False,
            nearby=one.nearby,
        )
        for one in evidence_selectors.evidence_of(case)
    ]


def _option(
    method: EvidenceMethod, option: Option, asked: Sequence[Evidence], now: datetime
) -> EvidenceOption:
    of_method = [one for one in asked if one.method == method.name]
    own = [one for one in of_method if option.target is None or one.target == option.target]
    last = own[-1] if own else None
    state = _state(last, now)
    failures = sum(one.failures for one in of_method)
    left = evidence_policies.FAILURES_A_METHOD - failures
    used_up = method.max_asked is not None and len(of_method) >= method.max_asked
    live = state in (EvidenceState.ASKED, EvidenceState.PASSED)
    return EvidenceOption(
        method=method.name,
        icon=method.icon,
        is_sent=method.is_sent,
        what=option.what,
        target=option.target,
        state=EvidenceState.FAILED if left <= 0 else state,
        until=last.expires_at if last and live else None,
        seconds_left=int((last.expires_at - now).total_seconds()) if last and live else 0,
        failures=failures,
        tries_left=max(left, 0),
        # Who has declined is not asked a second time.
        usable=left > 0 and state != EvidenceState.DECLINED and not (used_up and not live),
        nearby=bool(last and last.nearby),
    )


def _state(last: Evidence | None, now: datetime) -> str:
    if last is None:
        return ""
    ran_out = last.state in (EvidenceState.ASKED, EvidenceState.PASSED) and last.expires_at <= now
    return EvidenceState.EXPIRED if ran_out else last.state
