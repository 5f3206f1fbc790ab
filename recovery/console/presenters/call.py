"""The bar of the call: in which phase it is, what the agent says, which words and number they see."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from common import clock
from recovery import current_work, states
from recovery.calls import selectors as call_selectors
from recovery.calls import services as calls
from recovery.console import sentences
from recovery.models import CallAttempt, Case
from recovery.queue import selectors as queue_selectors
from recovery.states import AttemptState
from telephony import numbers

_PHASES = {
    AttemptState.PLANNED: "unknown",
    AttemptState.UNKNOWN: "unknown",
    AttemptState.CALLING: "calling",
    AttemptState.TALKING: "talking",
    AttemptState.ENDED: "ended",
    AttemptState.LEFT_OPEN: "ended",
}


@dataclass(frozen=True)
class CallBar:
    """``phase``: none, unknown, calling, talking, ended, or gone where the case has ended.

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
    others: int
    over: bool

    @property
    def tone(self) -> str:
        """How the bar looks."""
        return {"talking": "live", "calling": "ringing", "unknown": "ringing"}.get(self.phase, "calm")


def call_bar(case: Case, agent_id: int) -> CallBar:
    """The state of the call as the agent with the case sees it."""
    attempt = _attempt_of(case, agent_id)
    live = attempt is not None and attempt.state in states.LIVE_ATTEMPT
    over = live and not case.is_open
    confirmed = bool(attempt and attempt.read_out_confirmed_at)
    others = queue_selectors.others_of_number(case.callback) if live and not confirmed and not over else 0
    return CallBar(
        phase=_phase(case, attempt),
        attempt=attempt,
        words=tuple(attempt.words.split(" ")) if attempt and live and not others else (),
        seconds=_seconds(attempt),
        confirmed=confirmed,
        tries_left=calls.READ_OUT_FAILURES - (attempt.read_out_failures if attempt else 0),
        number=numbers.pretty(attempt.number) if attempt and live else "",
        link=numbers.link(attempt.number) if attempt and live else "",
        script=_script(case, attempt, others) if attempt and live and not over else (),
        others=others,
        over=over,
    )


def _attempt_of(case: Case, agent_id: int) -> CallAttempt | None:
    attempt = current_work.live_attempt(case)
    if attempt is None:
        return call_selectors.attempts_of(case).filter(agent_id=agent_id).first()
    return attempt if attempt.agent_id == agent_id else None


def _phase(case: Case, attempt: CallAttempt | None) -> str:
    live = attempt is not None and attempt.state in states.LIVE_ATTEMPT
    if not case.is_open and not live:
        return "gone"
    return _PHASES.get(AttemptState(attempt.state), "none") if attempt else "none"


def _seconds(attempt: CallAttempt | None) -> int:
    """How long it has rung, or they have talked."""
    if attempt is None:
        return 0
    return max(int((clock.now() - (attempt.answered_at or attempt.placed_at)).total_seconds()), 0)


def _script(case: Case, attempt: CallAttempt, others: int) -> list[str]:
    with translation.override(case.callback.language):
        return sentences.call_script(attempt, attempt.agent.name, settings.SITE_NAME, code_first=others > 0)
