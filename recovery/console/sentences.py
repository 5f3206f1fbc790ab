"""What the desk calls its states, evidence and plans: words for agents and supervisors."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.rollback.plans import Step
from common.text import isolate
from recovery.models import CallAttempt
from recovery.states import AttemptState, CaseState, DisputeState, DutyState

Words = Mapping[str, str | Promise]

CASE: Words = {
    CaseState.WAITING: gettext_lazy("In line"),
    CaseState.WORKING: gettext_lazy("In work"),
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
    DisputeState.CONTESTED: gettext_lazy("To be decided"),
    DisputeState.PROPOSED: gettext_lazy("To be confirmed"),
    DisputeState.GIVEN: gettext_lazy("Given to who asked"),
    DisputeState.STAYS: gettext_lazy("Stays with who has it"),
    DisputeState.WITHDRAWN: gettext_lazy("Withdrawn"),
}
DISPUTE_TONE = {
    DisputeState.ANNOUNCED: "wait",
    DisputeState.CONTESTED: "danger",
    DisputeState.PROPOSED: "danger",
    DisputeState.GIVEN: "accent",
    DisputeState.STAYS: "accent",
}

CHANGE: Words = {
    "email": gettext_lazy("E-mail"),
    "password": gettext_lazy("Password"),
    "totp_added": gettext_lazy("Authenticator added"),
    "totp_removed": gettext_lazy("Authenticator removed"),
    "totp_replaced": gettext_lazy("Authenticator replaced"),
    "recovery_codes": gettext_lazy("Recovery codes"),
}

DUTY: Words = {
    DutyState.OFF: gettext_lazy("Off duty"),
    DutyState.FREE: gettext_lazy("On duty"),
    DutyState.OFFERED: gettext_lazy("A call is offered"),
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
    AttemptState.PLANNED: gettext_lazy("being placed"),
    AttemptState.CALLING: gettext_lazy("ringing"),
    AttemptState.TALKING: gettext_lazy("talking"),
    AttemptState.ENDED: gettext_lazy("talked"),
    AttemptState.NO_ANSWER: gettext_lazy("no answer"),
    AttemptState.BUSY: gettext_lazy("busy"),
    AttemptState.VOICEMAIL: gettext_lazy("voicemail"),
    AttemptState.FAILED: gettext_lazy("did not connect"),
    AttemptState.INVALID_NUMBER: gettext_lazy("wrong number"),
    AttemptState.CANCELLED: gettext_lazy("broken off"),
    AttemptState.UNKNOWN: gettext_lazy("nobody knows whether it rang"),
    AttemptState.LEFT_OPEN: gettext_lazy("nobody said how it ended"),
}


def step(one: Step) -> tuple[str, str]:
    """A line of the plan as what it is about and what is done."""
    data = one.data
    match one.kind:
        case "email_back":
            return _("E-mail"), _("%(now)s goes, %(before)s comes back") % {
                "now": data["from"],
                "before": data["to"],
            }
        case "authenticator_out":
            return _("Authenticator"), _("%(name)s, added %(when)s, is taken out") % _named(data)
        case "authenticator_lost":
            return _("Authenticator"), _("%(name)s, added %(when)s, is lost and taken out") % _named(data)
        case "authenticator_back":
            return _("Authenticator"), _("%(name)s, added %(when)s, works again") % _named(data)
        case "recovery_codes_out":
            return _("Recovery codes"), _("those of the doubtful change stop working")
        case "recovery_codes_back":
            return _("Recovery codes"), _("those of before work again")
        case "pending_cancelled":
            return _("Waiting changes"), _("cancelled")
        case "password_kept":
            return _("Password"), _("stays: the caller knows it, and another factor is left")
        case "password_void":
            return _("Password"), _("void; a one-time link to choose a new one goes to the address of before")
        case "sessions_ended":
            return _("Sessions"), _("all ended (%(count)s)") % {"count": data["count"]}
        case "hold":
            return _("Afterwards"), _("no changes of sign-in details for %(hours)s hours") % {
                "hours": data["hours"]
            }


def _named(data: Mapping[str, Any]) -> dict[str, str]:
    """Two apps may bear one name: the day tells the stranger's from the owner's."""
    name = _("“%(name)s”") % {"name": isolate(data["name"])} if data["name"] else _("the authenticator app")
    return {"name": name, "when": date_format(localtime(data["bound_at"]), pgettext("date format", "j M Y"))}


def call_script(attempt: CallAttempt, agent_name: str, site: str, *, code_first: bool = False) -> list[str]:
    """What the agent says, in the order of saying it. Ask for it in the claimant's language."""
    first, _blank, second = attempt.words.partition(" ")
    words = _("Your page shows two words. They are: %(first)s, %(second)s. Do you see them there?") % {
        "first": first,
        "second": second,
    }
    code = _("Please read me the code that your page shows now.")
    asked = [
        _("More than one call to this number was asked for, so I have to ask for the code first."),
        code,
    ]
    return [
        _("Good day, this is %(agent)s from %(site)s. You asked us to call you.")
        % {"agent": isolate(agent_name), "site": site},
        *(asked if code_first else [words, code]),
        _(
            "I will never ask for a password. Any other code you type on your page; "
            "please do not read it to me."
        ),
    ]
