"""What the desk calls its states, evidence and plans: words for agents and supervisors."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.authenticators import registry
from accounts.rollback import steps
from accounts.rollback.plans import Step
from audit import sentences as event_words
from audit.reading import Entry
from common.countries import country_name
from common.text import isolate
from recovery.models import CallAttempt
from recovery.states import AttemptState, CaseState, DisputeState, DutyState

Words = Mapping[str, str | Promise]

CASE: Words = {
    CaseState.WAITING: gettext_lazy("In queue"),
    CaseState.WORKING: gettext_lazy("In progress"),
    CaseState.DISPUTED: gettext_lazy("In dispute"),
    CaseState.RESTORED: gettext_lazy("Restored"),
    CaseState.REFUSED: gettext_lazy("Refused"),
    CaseState.UNREACHABLE: gettext_lazy("Not reached"),
    CaseState.WITHDRAWN: gettext_lazy("Withdrawn by the claimant"),
    CaseState.SUPERSEDED: gettext_lazy("Replaced by another case"),
}
CASE_TONE = {
    CaseState.WAITING: "wait",
    CaseState.WORKING: "live",
    CaseState.DISPUTED: "wait",
    CaseState.RESTORED: "accent",
}

DISPUTE: Words = {
    DisputeState.ANNOUNCED: gettext_lazy("Announced"),
    DisputeState.CONTESTED: gettext_lazy("Awaiting decision"),
    DisputeState.PROPOSED: gettext_lazy("Awaiting confirmation"),
    DisputeState.GIVEN: gettext_lazy("Given to the claimant"),
    DisputeState.STAYS: gettext_lazy("Stays with the current user"),
    DisputeState.WITHDRAWN: gettext_lazy("Withdrawn"),
}
DISPUTE_TONE = {
    DisputeState.ANNOUNCED: "wait",
    DisputeState.CONTESTED: "danger",
    DisputeState.PROPOSED: "danger",
    DisputeState.GIVEN: "accent",
    DisputeState.STAYS: "accent",
}

DUTY: Words = {
    DutyState.OFF: gettext_lazy("Off duty"),
    DutyState.FREE: gettext_lazy("On duty"),
    DutyState.OFFERED: gettext_lazy("Call offered"),
    DutyState.BUSY: gettext_lazy("On a case"),
    DutyState.WRAP_UP: gettext_lazy("Wrap-up"),
}
DUTY_TONE = {
    DutyState.OFF: "off",
    DutyState.FREE: "live",
    DutyState.OFFERED: "wait",
    DutyState.BUSY: "accent",
    DutyState.WRAP_UP: "wait",
}

ATTEMPT: Words = {
    AttemptState.PLANNED: gettext_lazy("starting"),
    AttemptState.CALLING: gettext_lazy("ringing"),
    AttemptState.TALKING: gettext_lazy("on the call"),
    AttemptState.ENDED: gettext_lazy("completed"),
    AttemptState.NO_ANSWER: gettext_lazy("no answer"),
    AttemptState.BUSY: gettext_lazy("busy"),
    AttemptState.VOICEMAIL: gettext_lazy("voicemail"),
    AttemptState.FAILED: gettext_lazy("didn’t connect"),
    AttemptState.INVALID_NUMBER: gettext_lazy("wrong number"),
    AttemptState.CANCELLED: gettext_lazy("interrupted"),
    AttemptState.UNKNOWN: gettext_lazy("unknown whether it rang"),
    AttemptState.LEFT_OPEN: gettext_lazy("outcome not recorded"),
}


@dataclass(frozen=True)
class PlanStep:
    """A line of the plan: how the thing is now, and how it is after the restore."""

    what: str
    now: str
    after: str


def plan_step(one: Step) -> PlanStep:
    return PlanStep(*steps.by_name(one.kind).plan(one.data))


_DOUBTED: Words = {
    "sign_in.succeeded": gettext_lazy("%(session)s signed in with %(factor)s"),
    "sign_out": gettext_lazy("%(session)s signed out"),
    "session.ended": gettext_lazy("%(session)s ended another session"),
    "credential.password.changed": gettext_lazy("%(session)s changed the password"),
    "credential.email.change_requested": gettext_lazy(
        "%(session)s asked to change the e-mail address to %(to_masked)s"
    ),
    "credential.email.changed": gettext_lazy(
        "%(session)s changed the e-mail address from %(from_masked)s to %(to_masked)s"
    ),
    "credential.change.waiting": gettext_lazy("%(session)s requested a change, which waits: %(what)s"),
    "credential.change.cancelled": gettext_lazy("%(session)s cancelled a waiting change: %(what)s"),
    "credential.change.stopped": gettext_lazy("A waiting change was stopped before it took effect: %(what)s"),
    "credential.email.change_cancelled": gettext_lazy(
        "%(session)s cancelled the change of the e-mail address"
    ),
    "credential.notice_address.requested": gettext_lazy(
        "%(session)s asked to send notices to %(to_masked)s too"
    ),
    "credential.notice_address.added": gettext_lazy(
        "%(session)s added the notification address %(to_masked)s"
    ),
    "credential.notice_address.removed": gettext_lazy(
        "%(session)s removed the notification address %(from_masked)s"
    ),
    "credential.notice_address.cancelled": gettext_lazy("%(session)s cancelled a notification address"),
    "credential.contact.added": gettext_lazy("%(session)s named a recovery contact: %(contact_masked)s"),
    "credential.contact.removed": gettext_lazy("%(session)s removed a recovery contact: %(contact_masked)s"),
    "credential.renamed": gettext_lazy("%(session)s renamed “%(from_name)s” to “%(name)s”"),
    "credential.restored": gettext_lazy("%(session)s restored sign-in details: %(what)s"),
    "objection.kept": gettext_lazy("%(session)s confirmed suspicious changes as the owner’s own"),
}
"""What a doubted session did is not said to be the owner's doing."""


def doubted() -> Words:
    """What is said of the acts of a doubted session, by their events."""
    return {**_DOUBTED, **{event.type.name: event.stranger for event in registry.events()}}


def of_doubted_session(entry: Entry) -> str:
    """The sentence of something that a doubted session did, by its place and browser and by no name."""
    country = country_name(entry.country, get_language() or "en") or _("an unknown place")
    session = _("A session from %(place)s") % {"place": country}
    if entry.browser:
        named = {"place": country, "browser": isolate(entry.browser)}
        session = _("A session from %(place)s (%(browser)s)") % named
    details = {key: event_words.humanize(key, value) for key, value in entry.details.items()}
    return str(doubted()[entry.action]) % defaultdict(str, details, session=session)


def call_script(attempt: CallAttempt, agent_name: str, site: str, *, code_first: bool = False) -> list[str]:
    """What the agent says, in the order of saying it. Ask for it in the claimant's language."""
    first, _blank, second = attempt.words.partition(" ")
    words = _("Your page shows two words: %(first)s, %(second)s. Can you see them?") % {
        "first": first,
        "second": second,
    }
    code = _("Please read me the code on your page.")
    asked = [
        _("We have more than one request for this number, so I need to ask for the code first."),
        code,
    ]
    return [
        _("Hello, this is %(agent)s from %(site)s. You asked us to call you.")
        % {"agent": isolate(agent_name), "site": site},
        *(asked if code_first else [words, code]),
        _(
            "I’ll never ask for a password. Enter any other code on your page, and please "
            "don’t read it to me."
        ),
    ]
