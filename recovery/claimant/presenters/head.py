"""What is happening, in words, while a request is open."""

from dataclasses import dataclass, replace

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, pgettext
from django.utils.translation import gettext as _

from common import clock
from common.text import isolate
from recovery.calls import selectors as call_selectors
from recovery.claimant import wait_text as waiting
from recovery.claimant.presenters.act import Act
from recovery.claimant.presenters.part import key_of
from recovery.disputes import selectors as dispute_selectors
from recovery.models import CallAttempt, Callback, Case
from recovery.queue import wait as outlook
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
            _("We have your request"),
            _("If somebody is changing the account at this moment, we stop them first."),
        )
    waiting_for = _later(case, callback) if callback.due_at > clock.now() else _in_line(callback)
    return replace(waiting_for, is_looked_after=True)


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
    if not expected.attended and callback.state != CallbackState.OFFERED:
        return _nobody_here(callback, place=expected.ahead + 1)
    number, wait = expected.ahead + 1, expected.wait
    headline = (
        _("You are next") if number == 1 else _("You are number %(number)d in line") % {"number": number}
    )
    if callback.state == CallbackState.OFFERED:
        sentence = _("We are asking an agent at this moment. Keep your phone beside you.")
    elif wait is None:
        sentence = _(
            "We call you as soon as an agent is free. That can take longer than an hour; your place is kept."
        )
    else:
        sentence = _("Keep your phone beside you. Your place is kept, also when you close this page.")
    return Head(
        "in_line",
        headline,
        sentence,
        wait=waiting.in_words(wait) if wait else "",
        promise=_("Nine in ten people wait no longer than this.") if wait and wait.high is not None else "",
    )


def _nobody_here(callback: Callback, place: int) -> Head:
    """Whoever is next with nobody at the desk is next for nothing: the desk's state is what matters then."""
    language = get_language_info(callback.language)["name_translated"]
    headline = _("Nobody who speaks %(language)s is at the desk right now") % {"language": language}
    if place == 1:
        sentence = _(
            "We call you as soon as somebody is there, and you are first in line. "
            "Your place is kept, also when you close this page."
        )
    else:
        sentence = _(
            "We call as soon as somebody is there, and you are number %(number)d in line. "
            "Your place is kept, also when you close this page."
        ) % {"number": place}
    return Head("in_line", headline, sentence)


def in_dispute(case: Case) -> Head:
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
