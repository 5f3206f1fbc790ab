"""Whether somebody is calling, and how both sides know each other."""

from dataclasses import dataclass, field

from recovery.claimant.presenters.part import key_of
from recovery.models import CallAttempt, Callback
from recovery.states import AttemptState


@dataclass(frozen=True)
class Call:
    """Whether somebody is calling, and how both sides know each other.

    ``who`` is ``nobody``, ``calling``, ``perhaps`` (we do not know whether it rang) or ``talking``.
    """

    who: str
    words: tuple[str, ...] = field(default=(), repr=False)
    agent: str = ""
    code: str = field(default="", repr=False)
    code_confirmed: bool = False
    marks: tuple[object, ...] = ()
    ended: bool = False

    @property
    def key(self) -> str:
        return key_of(self)


def of(callback: Callback, attempt: CallAttempt | None) -> Call:
    if attempt is None:
        return Call("nobody", words=_pair(callback.words), marks=(callback.tries,))
    who = {
        AttemptState.PLANNED: "calling",
        AttemptState.CALLING: "calling",
        AttemptState.TALKING: "talking",
    }.get(AttemptState(attempt.state), "perhaps")
    # Until it rings, the code stays hidden: who calls in our name cannot talk it out of anybody.
    told = attempt.state in (AttemptState.CALLING, AttemptState.TALKING)
    # Another request for this number may be what the call was placed for: this page has its own words.
    own = attempt if attempt.callback_id == callback.pk else callback
    return Call(
        who,
        words=_pair(own.words),
        agent=str(attempt.agent),
        code=own.read_out if told else "",
        code_confirmed=attempt.read_out_confirmed_at is not None,
        marks=(attempt.pk, attempt.state),
    )


def still_talking(attempt: CallAttempt | None) -> Call:
    """A case may be decided while both are still on the telephone: then nobody is told to hang up."""
    if attempt is None:
        return Call("nobody", ended=True)
    return Call("talking", agent=str(attempt.agent), ended=True, marks=(attempt.pk,))


def _pair(words: str) -> tuple[str, ...]:
    return tuple(words.split())
