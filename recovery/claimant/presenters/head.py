"""What is happening, in words, while a request is open."""

from dataclasses import dataclass, replace

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from common import clock
from common.local_time import exact_words
from common.text import isolate
from recovery.calls import selectors as call_selectors
from recovery.claimant import wait_text
from recovery.claimant.presenters.act import Act
from recovery.claimant.presenters.part import key_of
from recovery.disputes import selectors as dispute_selectors
from recovery.models import CallAttempt, Callback, Case
from recovery.queue import wait as queue_wait
from recovery.states import AttemptState, CallbackState, CaseState, DisputeState


@dataclass(frozen=True)
class Head:
    """What is happening. ``wait`` is the range in words, where there is one to tell.

    ``step`` is empty at an end that the way to a conversation did not lead to. ``is_looked_after``: whatever
    the e-mail names was looked into. That is so for any e-mail, and says nothing about this one.
    """

    step: str
    headline: str
    sentence: str
    wait: str = ""
    promise: str = ""
    is_looked_after: bool = False

    @property
    def spoken(self) -> str:
        """What a screen reader says once when this becomes so."""
        parts = {"headline": self.headline, "wait": self.wait, "sentence": self.sentence}
        if self.wait:
            return _("%(headline)s: %(wait)s. %(sentence)s") % parts
        return _("%(headline)s. %(sentence)s") % parts

    @property
    def key(self) -> str:
        return key_of(self)


def of(case: Case, callback: Callback, attempt: CallAttempt | None, act: Act) -> Head:
    if attempt is not None:
        return _during_call(attempt, act)
    if case.state == CaseState.WORKING and case.agent:
        return _in_hands(case, callback, str(case.agent), act)
    if case.protected_at is None:
        return Head(
            "asked",
            _("We’ve received your request"),
            _("If someone is changing the account right now, we’ll stop them first."),
        )
    waiting_for = _later(case, callback) if callback.due_at > clock.now() else _in_line(callback)
    return replace(waiting_for, is_looked_after=True)


def _during_call(attempt: CallAttempt, act: Act) -> Head:
    name = {"name": isolate(str(attempt.agent))}
    if attempt.state == AttemptState.TALKING:
        sentence = _("Follow the agent’s instructions. Never say your password.")
        return Head("talking", _("You’re on the phone with %(name)s") % name, _asking(act) or sentence)
    if attempt.state == AttemptState.UNKNOWN:
        return Head(
            "calling",
            _("%(name)s may be calling you now") % name,
            _("If your phone rings, answer and listen for the two words. If it doesn’t, please wait."),
        )
    return Head(
        "calling",
        _("%(name)s is calling you now") % name,
        _("Please answer. The agent will say the two words shown below."),
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
            _("The call has ended. %(name)s is still working on your request") % name,
            _asking(act) or _("Keep this page open to see what happens next."),
        )
    return Head(
        "in_line",
        _("%(name)s will call you shortly") % name,
        _("Keep your phone nearby. This page will tell you when the call starts."),
    )


def _asking(act: Act) -> str:
    if not act.questions:
        return ""
    return _("Enter what the agent asks for below. Don’t say it on the phone.")


def _later(case: Case, callback: Callback) -> Head:
    latest = call_selectors.attempts_of(case).first()
    if callback.tries and latest and callback.due_at != callback.chosen_at:
        missed = {
            AttemptState.BUSY: _("The line was busy."),
            AttemptState.VOICEMAIL: _("We reached your voicemail."),
            AttemptState.NO_ANSWER: _("Nobody answered."),
        }.get(AttemptState(latest.state), _("The call didn’t go through."))
        sentence = _("%(why)s You can change the time or the number below.") % {"why": missed}
        return Head("in_line", _("We’ll call you again"), sentence)
    return Head(
        "in_line",
        _("Your call is booked"),
        _("You can close this page. Open it again at that time to check that the call is from us."),
    )


def _in_line(callback: Callback) -> Head:
    if queue_wait.measured().used_up.stops(callback):
        return Head(
            "in_line",
            _("We can call you tomorrow"),
            _(
                "Calls to your country have reached today’s limit. You’ll keep your place in "
                "the queue. You can also give a number in another country below."
            ),
        )
    expected = queue_wait.of(callback)
    if not expected.attended and callback.state != CallbackState.OFFERED:
        return _nobody_here(callback, place=expected.ahead + 1)
    number, wait = expected.ahead + 1, expected.wait
    headline = (
        _("You’re next") if number == 1 else _("You’re number %(number)d in the queue") % {"number": number}
    )
    if callback.state == CallbackState.OFFERED:
        sentence = _("We’re finding an agent for you. Keep your phone nearby.")
    elif wait is None:
        sentence = _(
            "We’ll call you as soon as an agent is free. This may take more than an hour. "
            "You’ll keep your place in the queue."
        )
    else:
        sentence = _(
            "Keep your phone nearby. You’ll keep your place in the queue even if you close this page."
        )
    return Head(
        "in_line",
        headline,
        sentence,
        wait=wait_text.in_words(wait) if wait else "",
        promise=_("9 out of 10 people wait no longer than this.") if wait and wait.high is not None else "",
    )


def _nobody_here(callback: Callback, place: int) -> Head:
    """Whoever is next with nobody at the desk is next for nothing: the desk's state is what matters then."""
    language = get_language_info(callback.language)["name_translated"]
    headline = _("Nobody who speaks %(language)s is at the desk right now") % {"language": language}
    if place == 1:
        sentence = _(
            "We’ll call you as soon as someone is available. You’re first in the queue, "
            "and you’ll keep your place even if you close this page."
        )
    else:
        sentence = _(
            "We’ll call as soon as someone is available. You’re number %(number)d in the "
            "queue, and you’ll keep your place even if you close this page."
        ) % {"number": place}
    return Head("in_line", headline, sentence)


def in_dispute(case: Case) -> Head:
    """Who reads this has shown enough to be told that there is an account, and what happens to it."""
    dispute = dispute_selectors.dispute_of_case(case)
    if dispute is None or dispute.state != DisputeState.ANNOUNCED:
        return Head(
            "",
            _("Two people are reviewing your request"),
            _(
                "Your request was contested. Two people on our team are reviewing what both "
                "sides have shown. We’ll e-mail you when it’s decided. Until then, nothing "
                "changes."
            ),
        )
    when = exact_words(dispute.due_at)
    return Head(
        "",
        _("Your request will be decided after %(when)s") % {"when": when},
        _(
            "We’ve e-mailed every address on the account. If nobody contests your request "
            "by then, we’ll e-mail you a link to choose a new password. You can close "
            "this page."
        ),
    )
