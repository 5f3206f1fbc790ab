"""What the claimant's page says, computed in one place: a page that never lies about who is calling.

Nothing here depends on whether the e-mail named an account, as long as nobody has proved anything.
Each part has a ``key`` that changes when the part does, so that a live page swaps only what is new. Keys
travel in addresses and hold no secret.
"""

import zlib
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common import clock
from common.text import isolate
from recovery import current_work, states
from recovery.calls import selectors as call_selectors
from recovery.claimant import wait_text as waiting
from recovery.disputes import selectors as dispute_selectors
from recovery.evidence import policies as evidence_policies
from recovery.evidence import selectors as evidence_selectors
from recovery.models import CallAttempt, Callback, Case, Evidence
from recovery.models.case import RefusalReason
from recovery.models.evidence import Method
from recovery.queue import wait as outlook
from recovery.states import AttemptState, CallbackState, CaseState, DisputeState, EvidenceState
from telephony import numbers


def _key(*parts: object) -> str:
    return f"{zlib.crc32(repr(parts).encode()):08x}"


@dataclass(frozen=True)
class Head:
    """What is happening. ``wait`` is the range in words, where there is one to tell.

    ``step`` is empty at an end that the way to a conversation did not lead to.
    """

    step: str
    headline: str
    sentence: str
    wait: str = ""
    promise: str = ""

    @property
    def spoken(self) -> str:
        """What a screen reader says once when this becomes so."""
        parts = {"headline": self.headline, "wait": self.wait, "sentence": self.sentence}
        if self.wait:
            return _("%(headline)s: %(wait)s. %(sentence)s") % parts
        return _("%(headline)s. %(sentence)s") % parts

    @property
    def key(self) -> str:
        return _key(self)


@dataclass(frozen=True)
class Question:
    """One thing that the agent has asked for, to be typed on the page."""

    id: int
    method: str
    target: str
    expires_at: datetime
    left: int


@dataclass(frozen=True)
class Act:
    """What the claimant can do now: type what is asked for, or, at the end, what comes next."""

    outcome: str = ""
    questions: tuple[Question, ...] = ()
    passed: tuple[str, ...] = ()
    has_replacement: bool = False
    has_letter: bool = False

    @property
    def key(self) -> str:
        return _key(self)


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
        return _key(self)


@dataclass(frozen=True)
class Changes:
    """What may still be changed about the request."""

    open: bool
    movable: bool
    number: str = ""
    reference: str = ""
    later: datetime | None = None
    disputed: bool = False
    marks: tuple[object, ...] = ()

    @property
    def key(self) -> str:
        return _key(self.open, self.movable, self.later, self.disputed, self.marks)


@dataclass(frozen=True)
class StatusPage:
    head: Head
    act: Act
    call: Call
    changes: Changes


def of(case: Case) -> StatusPage:
    """The page of this case at this moment."""
    callback = case.callback
    if not case.is_open:
        talking = current_work.live_attempt(case)
        return StatusPage(
            head=_end_while_talking(case, talking) if talking else _end(case, callback),
            act=_act_of_end(case),
            call=_still_talking(talking),
            changes=Changes(open=False, movable=False, reference=case.reference),
        )
    if case.state == CaseState.DISPUTED:
        return StatusPage(
            head=_in_dispute(case),
            act=Act(),
            call=_still_talking(current_work.live_attempt(case)),
            changes=Changes(open=True, movable=False, reference=case.reference, disputed=True),
        )
    attempt = call_selectors.call_to(callback)
    act = _asked_of(case)
    movable = callback.state in states.IN_LINE
    return StatusPage(
        head=_head(case, callback, attempt, act),
        act=act,
        call=_call(callback, attempt),
        changes=Changes(
            open=True,
            movable=movable,
            number=numbers.pretty(callback.number),
            reference=case.reference,
            later=callback.due_at if movable and callback.due_at > clock.now() else None,
        ),
    )


def _act_of_end(case: Case) -> Act:
    """After a dispute there's no letter, and asking again with more proof is of no use."""
    dispute = dispute_selectors.dispute_of_case(case)
    if dispute is not None and case.state == CaseState.REFUSED:
        return Act(outcome="decided")
    return Act(
        outcome=case.state,
        has_replacement=case.replacement_sealed is not None,
        has_letter=case.state == CaseState.RESTORED and dispute is None,
    )


def _in_dispute(case: Case) -> Head:
    """Who reads this has shown enough to be told that there is an account, and what happens to it."""
    dispute = dispute_selectors.dispute_of_case(case)
    if dispute is None or dispute.state != DisputeState.ANNOUNCED:
        return Head(
            "",
            _("Two people decide about your request"),
            _(
                "Someone contested it. Two people at our desk look at what both sides have shown. "
                "We write to you when it's decided; until then nothing changes."
            ),
        )
    when = date_format(localtime(dispute.due_at), pgettext("date format", "j M Y, H:i"))
    return Head(
        "",
        _("Your request is decided after %(when)s") % {"when": when},
        _(
            "We've written to every address of the account. If nobody contests your request by then, you "
            "get a link by mail to choose a new password. You can close this page."
        ),
    )


def _asked_of(case: Case) -> Act:
    if case.state != CaseState.WORKING:
        return Act()  # what was asked is void as soon as the case leaves its agent's hands
    now = clock.now()
    evidence = evidence_selectors.evidence_of(case)

    def question(one: Evidence) -> Question:
        failures = sum(other.failures for other in evidence if other.method == one.method)
        left = evidence_policies.FAILURES_A_METHOD - failures
        return Question(one.pk, one.method, one.target_masked, one.expires_at, left)

    return Act(
        questions=tuple(
            question(one) for one in evidence if one.state == EvidenceState.ASKED and one.expires_at > now
        ),
        passed=tuple(
            str(Method(one.method).label)
            for one in evidence_policies.valid_evidence(evidence, now, case.agent_id)
            if one.state == EvidenceState.PASSED
        ),
    )


def _call(callback: Callback, attempt: CallAttempt | None) -> Call:
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


def _still_talking(attempt: CallAttempt | None) -> Call:
    """A case may be decided while both are still on the telephone: then nobody is told to hang up."""
    if attempt is None:
        return Call("nobody", ended=True)
    return Call("talking", agent=str(attempt.agent), ended=True, marks=(attempt.pk,))


def _pair(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _head(case: Case, callback: Callback, attempt: CallAttempt | None, act: Act) -> Head:
    if attempt is not None:
        return _during_call(attempt, act)
    if case.state == CaseState.WORKING and case.agent:
        return _in_hands(case, callback, str(case.agent), act)
    if case.protected_at is None:
        return Head(
            "asked",
            _("We have your request"),
            _("If somebody is changing the account at this moment, we stop them first."),
        )
    if callback.due_at > clock.now():
        return _later(case, callback)
    return _in_line(callback)


def _during_call(attempt: CallAttempt, act: Act) -> Head:
    name = {"name": isolate(str(attempt.agent))}
    if attempt.state == AttemptState.TALKING:
        sentence = _("Follow what the agent says. Never say a password.")
        return Head("talking", _("You are talking with %(name)s") % name, _asking(act) or sentence)
    if attempt.state == AttemptState.UNKNOWN:
        return Head(
            "calling",
            _("%(name)s may be calling you now") % name,
            _("If your phone rings, answer and wait for the two words. If it stays quiet, please wait."),
        )
    return Head(
        "calling",
        _("%(name)s is calling you now") % name,
        _("Please answer. The agent says the two words that you see below."),
    )


def _in_hands(case: Case, callback: Callback, agent: str, act: Act) -> Head:
    name = {"name": isolate(agent)}
    latest = call_selectors.attempts_of(case).first()
    if (
        latest
        and latest.state in (AttemptState.ENDED, AttemptState.LEFT_OPEN)
        and latest.agent_id == case.agent_id
    ):
        return Head(
            "talking",
            _("The call has ended, %(name)s is still at work") % name,
            _asking(act) or _("Leave this page open: it says how it goes on."),
        )
    return Head(
        "in_line",
        _("%(name)s calls you in a moment") % name,
        _("Keep your phone beside you. This page says when the call begins."),
    )


def _asking(act: Act) -> str:
    if not act.questions:
        return ""
    return _("Please type below what the agent asks for. Do not say it on the phone.")


def _later(case: Case, callback: Callback) -> Head:
    latest = call_selectors.attempts_of(case).first()
    if callback.tries and latest and callback.due_at != callback.chosen_at:
        missed = {
            AttemptState.BUSY: _("The line was busy."),
            AttemptState.VOICEMAIL: _("A mailbox answered."),
            AttemptState.NO_ANSWER: _("Nobody answered."),
        }.get(AttemptState(latest.state), _("The call did not go through."))
        sentence = _("%(why)s You can change the time or the number below.") % {"why": missed}
        return Head("in_line", _("We call you again"), sentence)
    return Head(
        "in_line",
        _("Your call is arranged"),
        _("You can close this page. Open it again at that time: it shows that the call is ours."),
    )


def _in_line(callback: Callback) -> Head:
    if outlook.measured().used_up.stops(callback):
        return Head(
            "in_line",
            _("We can call you tomorrow"),
            _(
                "So many calls to your country were asked for today that we may place no more. "
                "Your place is kept. You can give a number of another country below."
            ),
        )
    expected = outlook.of(callback)
    number = expected.ahead + 1
    headline = (
        _("You are next") if number == 1 else _("You are number %(number)d in line") % {"number": number}
    )
    if callback.state == CallbackState.OFFERED:
        sentence = _("We are asking an agent at this moment. Keep your phone beside you.")
    elif not expected.attended:
        sentence = _("Nobody who speaks your language is at the desk at the moment. Your place is kept.")
    elif expected.wait is None:
        sentence = _(
            "We call you as soon as an agent is free. That can take longer than an hour; your place is kept."
        )
    else:
        sentence = _("Keep your phone beside you. Your place is kept, also when you close this page.")
    wait = expected.wait
    return Head(
        "in_line",
        headline,
        sentence,
        wait=waiting.in_words(wait) if wait else "",
        promise=_("Nine in ten people wait no longer than this.") if wait and wait.high is not None else "",
    )


def _end_while_talking(case: Case, attempt: CallAttempt) -> Head:
    """The case is closed, and the two still talk: the page says what became of it and who is on the line."""
    name = {"name": isolate(str(attempt.agent))}
    if case.state == CaseState.RESTORED:
        return Head(
            "talking",
            _("Your account is put back"),
            _("Stay on the line: %(name)s tells you what to do next.") % name,
        )
    if case.state == CaseState.WITHDRAWN:
        return Head(
            "",
            _("Your request is cancelled"),
            _("You are still talking with %(name)s. If you did not cancel it, say so now.") % name,
        )
    if case.state == CaseState.REFUSED:
        return Head(
            "talking",
            _("We left everything as it is"),
            _("Stay on the line: %(name)s tells you why, and what you can do.") % name,
        )
    return Head(
        "talking",
        _("You are talking with %(name)s") % name,
        _("Follow what the agent says. Never say a password."),
    )


def _end(case: Case, callback: Callback) -> Head:
    if case.state == CaseState.RESTORED and (case.findings or {}).get("keeps_password"):
        return Head(
            "done",
            _("You can sign in again"),
            _(
                "One thing is left to do: sign in with your password and a recovery code, "
                "and set up a new app."
            ),
        )
    if case.state == CaseState.RESTORED:
        return Head(
            "done",
            _("Your account is yours again"),
            _("Everybody was signed out. One thing is left to do: choose a new password."),
        )
    if case.state == CaseState.REFUSED and case.refusal == RefusalReason.DISPUTED:
        return Head(
            "done",
            _("The account stays as it is"),
            _(
                "Two people at our desk have looked at what both sides have shown. The account stays with "
                "the person who uses it now."
            ),
        )
    if case.state == CaseState.REFUSED:
        nothing_wrong = case.refusal == RefusalReason.NOT_NEEDED
        return Head(
            "done",
            _("We left everything as it is"),
            _("The agent found nothing that had to be put back.")
            if nothing_wrong
            else _("It could not be shown that the account is yours, and so nothing was changed."),
        )
    if case.state == CaseState.UNREACHABLE:
        tried = ngettext(
            "We tried %(count)d time. You can ask again at any time.",
            "We tried %(count)d times. You can ask again at any time.",
            callback.tries,
        )
        return Head("", _("We could not reach you"), tried % {"count": callback.tries})
    if case.state == CaseState.WITHDRAWN and dispute_selectors.dispute_of_case(case):
        return Head("", _("Your request is withdrawn"), _("The account stays with who uses it now."))
    if case.state == CaseState.WITHDRAWN:
        return Head("", _("The call is cancelled"), _("Nobody will call you. You can ask again at any time."))
    return Head(
        "",
        _("Another request has taken the place of this one"),
        _("If you asked from another device, follow it there. If not, please ask again."),
    )
