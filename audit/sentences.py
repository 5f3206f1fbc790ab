"""Details of events in words. A detail is kept as a code, which a search can find; here it becomes a word.

A code without a word is shown as it is, its underscores as blanks: nothing that was recorded is hidden.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from audit.registry import Words
from common.text import isolate

LABELS: Mapping[str, Words] = {
    "account": _("Account"),
    "action": _("What happened"),
    "address": _("Internet address"),
    "agent": _("Agent"),
    "attempt": _("Attempt"),
    "began": _("Since when"),
    "case": _("Case"),
    "category": _("What it was about"),
    "change": _("Change"),
    "changes": _("Changes"),
    "count": _("How many"),
    "country": _("Country"),
    "due": _("Due at"),
    "ended": _("Open until then"),
    "event": _("Event"),
    "factor": _("Proof"),
    "filters": _("Searched for"),
    "from": _("Before"),
    "from_masked": _("Address"),
    "to_masked": _("New address"),
    "how": _("How"),
    "left": _("Left"),
    "matched": _("Belongs to an account"),
    "message": _("Mail"),
    "method": _("Evidence"),
    "name": _("Name"),
    "new_browser": _("New browser"),
    "new_country": _("New country"),
    "noticed": _("What they noticed"),
    "number": _("Telephone number"),
    "outcome": _("Outcome"),
    "people": _("Members of staff"),
    "path": _("Page"),
    "permanent": _("For good"),
    "person": _("Done by"),
    "reason": _("Reason"),
    "removed": _("Taken out"),
    "request": _("Request"),
    "role": _("Role"),
    "said": _("Said"),
    "session": _("Session"),
    "sessions_ended": _("Sessions ended"),
    "since": _("From"),
    "target_masked": _("Sent to"),
    "until": _("Until"),
    "what": _("What"),
    "takeover": _("Takeover found"),
}

_FACTORS: Mapping[str, Words] = {
    "password": _("the password"),
    "totp": _("a code from an authenticator app"),
    "recovery_code": _("a recovery code"),
    "email_code": _("a code sent by e-mail"),
    "email": _("a code sent by e-mail"),
    "recovery_codes": _("a recovery code"),
}

_THINGS: Mapping[str, Words] = {
    "email": _("e-mail address"),
    "email_back": _("e-mail address put back"),
    "password": _("password"),
    "password_void": _("password made void"),
    "password_kept": _("password left as it is"),
    "totp": _("authenticator"),
    "totp_added": _("authenticator added"),
    "totp_removed": _("authenticator removed"),
    "totp_replaced": _("authenticator replaced"),
    "authenticator_out": _("authenticator taken out"),
    "authenticator_lost": _("lost authenticator taken out"),
    "authenticator_back": _("authenticator put back"),
    "recovery_codes": _("recovery codes"),
    "recovery_codes_out": _("recovery codes taken out"),
    "recovery_codes_back": _("recovery codes put back"),
    "pending_cancelled": _("waiting change of address cancelled"),
    "sessions_ended": _("sessions ended"),
    "hold": _("sign-in details held still"),
}

_MAILS: Mapping[str, Words] = {
    "account_frozen": _("sign-in details are frozen"),
    "address_removed": _("this address was removed"),
    "approval_wanted": _("an agent asks for a second person"),
    "case_refused": _("the desk could not help"),
    "check_in": _("how are things the day after"),
    "credential_changed": _("a sign-in detail was changed"),
    "email_change_asked": _("somebody asked for another address"),
    "dispute_announced": _("a restore was announced"),
    "dispute_news": _("how a dispute went on"),
    "email_change_confirm": _("confirm the new address"),
    "email_change_taken": _("the new address has an account already"),
    "evidence_code": _("a code for the call"),
    "evidence_failed": _("somebody failed to prove that they are you"),
    "failed_verification": _("a sign-in stopped at the second factor"),
    "factor_replaced": _("the lost authenticator was taken out"),
    "findings": _("what the desk found"),
    "freeze_lifted": _("sign-in details are released"),
    "new_sign_in": _("a sign-in from a new place or browser"),
    "password_link": _("choose a new password"),
    "sessions_ended": _("sessions were ended during a call"),
    "sign_up_known": _("somebody tried to sign up with your address"),
    "call_confirm": _("ask for a call by a link"),
    "sign_up_link": _("finish signing up"),
    "unreachable": _("we could not reach you"),
}

WORDS: Mapping[str, Mapping[str, Words]] = {
    "began": {
        "today": _("today"),
        "days": _("in the last days"),
        "longer": _("longer ago"),
        "unknown": _("not known"),
    },
    "noticed": {
        "cant_sign_in": _("signing in does not work"),
        "email_changed": _("the e-mail address was changed"),
        "not_mine": _("things happened that they did not do"),
        "lost_factor": _("the phone or the codes were lost"),
    },
    "said": {
        "not_me": _("this was not me"),
        "was_me": _("this was me"),
        "nothing": _("nothing after all"),
    },
    "category": {
        "taken_over": _("the account was taken over"),
        "lost_factor": _("the phone or the authenticator app was lost"),
        "cant_sign_in": _("signing in does not work"),
    },
    "change": _THINGS,
    "changes": _THINGS,
    "factor": _FACTORS,
    "message": _MAILS,
    "method": _FACTORS,
    "what": _THINGS,
    "outcome": {
        "ok": _("done"),
        "denied": _("denied"),
        "answered": _("answered"),
        "no_answer": _("no answer"),
        "busy": _("busy"),
        "voicemail": _("voicemail"),
        "failed": _("failed"),
        "invalid_number": _("the number does not exist"),
        "cancelled": _("cancelled"),
        "ended": _("ended after talking"),
        "given": _("the account goes to who asks for it"),
        "stays": _("the account stays with who has it"),
        "unknown": _("nobody knows whether it rang"),
        "left_open": _("nobody said how it ended"),
    },
    "role": {
        "user": _("user"),
        "agent": _("agent"),
        "supervisor": _("supervisor"),
        "admin": _("admin"),
    },
}

# Reasons and ways: one code means the same under whichever of these keys it stands.
_COMMON: Mapping[str, Words] = {
    "abuse": _("the request was made to harm somebody"),
    "asked": _("at their own wish"),
    "call": _("a call was asked for"),
    "desk": _("the caller did not know it"),
    "changed": _("by the person"),
    "ended_by_owner": _("by the person"),
    "decided": _("two people decided it"),
    "disputed": _("two people decided that the account stays with who has it"),
    "forgot": _("the password was forgotten"),
    "frozen": _("the sign-in details are frozen"),
    "hold": _("held after a restore"),
    "idle": _("it had not been used for a while"),
    "in_hand": _("working on it"),
    "link": _("by the link in a mail"),
    "locked": _("too many wrong tries"),
    "missed_offer": _("an offer was missed"),
    "gone": _("their page was closed or lost its connection"),
    "session_ended": _("their session ended"),
    "role": _("they may not work at the desk any more"),
    "in_call": _("in a call, with enough evidence"),
    "not_as_approved": _("the account was no longer as it was approved"),
    "signed_in": _("signed in to the account"),
    "no_account": _("no account stands under the address given"),
    "not_needed": _("nothing is to be put back"),
    "not_shown": _("the caller could not be shown to be the owner"),
    "objection": _("somebody said: this was not me"),
    "own_earlier_case": _("looking back at a case of their own"),
    "password_changed": _("the password was changed"),
    "proved": _("proved with a factor from before"),
    "replaced": _("signed in anew"),
    "restored": _("the account was restored"),
    "second_person": _("deciding as the second person"),
    "signed_up": _("by signing up"),
    "signed_out": _("signed out"),
    "staff": _("by or for a member of staff"),
    "too_long": _("it had lasted its longest time"),
    "supervision": _("supervising the desk"),
    "too_many_tries": _("too many tries"),
    "withdrawn": _("the request was withdrawn"),
    "superseded": _("the request was replaced by another"),
    "wrong": _("it was wrong"),
}
_COMMON_KEYS = frozenset({"reason", "how"})


def label(key: str) -> str:
    return str(LABELS.get(key) or key.replace("_", " "))


def said(key: str, value: Any) -> str:
    """The detail ``key`` in words, in the language and the time zone of who reads."""
    if key == "filters" and not value:
        return gettext("everything")
    if value is None or value == "" or value == [] or value == {}:
        return gettext("not given")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        return _joined([f"{label(inner)}: {said(inner, worth)}" for inner, worth in value.items()])
    if isinstance(value, list):
        return _joined([said(key, one) for one in value])
    if not isinstance(value, str):
        return str(value)
    if key == "name":
        return isolate(value)
    word = (_COMMON if key in _COMMON_KEYS else WORDS.get(key, {})).get(value)
    if word:
        return str(word)
    moment = _moment(value)
    if moment:
        return moment
    is_code = value.isascii() and value.replace("_", "").isalnum() and value.islower()
    return value.replace("_", " ") if is_code else value


def _joined(parts: list[str]) -> str:
    return pgettext("between the parts of a list", ", ").join(parts)


def _moment(value: str) -> str:
    if len(value) < len("2026-11-22T23:41Z") or value[4:5] != "-":
        return ""
    try:
        moment: datetime | None = parse_datetime(value)
    except ValueError:
        return ""
    if moment is None or timezone.is_naive(moment):
        return ""
    return date_format(timezone.localtime(moment), pgettext("date format", "j M Y, H:i"))
