"""How risky a session is: what is strange about where it comes from. No Django, no database.

A familiar country, network or kind of browser takes nothing from the sum: a stranger can have all of these.
Only the owner's own browser, known by a cookie of its own, does.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.doubt import signals
from accounts.doubt.activity import Trace, Usual
from accounts.doubt.signals import KNOWN_DEVICE, Reason

HIGH = 2
"""From so many points on, what is asked for waits. In the lives of ``benchmarks/lives`` these are more than
four of five changes of attackers and one of nine of owners (docs/security.md); from 3 points on it would be
half as many of the attackers', and one of thirty of the owners'."""


@dataclass(frozen=True)
class Risk:
    """``reasons`` of a session that is not risky are empty."""

    reasons: tuple[Reason, ...] = ()

    @property
    def is_high(self) -> bool:
        return bool(self.reasons)


def assess(trace: Trace, at: datetime, usual: Usual) -> Risk:
    strange = signals.strangeness(trace, at, usual).reasons
    own = usual.knows_any("device", at) and usual.knows_device(trace, at)
    if signals.points(strange, KNOWN_DEVICE if own else 0) < HIGH:
        return Risk()
    return Risk(tuple(reason for reason in Reason if reason in strange))
