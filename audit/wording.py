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

from audit.event_types import Words

LABELS: Mapping[str, Words] = {
    "agent": _("Agent"),
    "attempt": _("Attempt"),
    "category": _("What it was about"),
    "change": _("Change"),
    "changes": _("Changes"),
    "count": _("How many"),
    "due": _("Due at"),
    "event": _("Event"),
    "factor": _("Proof"),
    "filters": _("Searched for"),
    "from_masked": _("Address"),
    "to_masked": _("Address"),
    "how": _("How"),
    "left": _("Left"),
    "matched": _("Belongs to an account"),
    "message": _("Mail"),
    "method": _("Evidence"),
    "name": _("Name"),
    "new_browser": _("New browser"),
    "new_country": _("New country"),
    "number_masked": _("Telephone number"),
    "outcome": _("How it ended"),
    "path": _("Page"),
    "permanent": _("For good"),
    "reason": _("Reason"),
    "role": _("Role"),
    "session": _("Session"),
    "sessions_ended": _("Sessions ended"),
    "target_masked": _("Sent to"),
    "until": _("Until"),
    "what": _("What"),
    "why": _("Why"),
    "window": _("Takeover window found"),
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
    "totp": _("authenticator"),
    "totp_added": _("authenticator added"),
    "totp_removed": _("authenticator removed"),
    "totp_replaced": _("authenticator replaced"),
    "authenticator_out": _("authenticator taken out"),
    "authenticator_back": _("authenticator put back"),
    "recovery_codes": _("recovery codes"),
    "recovery_codes_out": _("recovery codes taken out"),
    "recovery_codes_back": _("recovery codes put back"),
    "pending_cancelled": _("waiting change of address cancelled"),
    "sessions_ended": _("sessions ended"),
}

WORDS: Mapping[str, Mapping[str, Words]] = {
    "factor": _FACTORS,
    "method": _FACTORS,
    "what": _THINGS,
    "change": _THINGS,
    "changes": _THINGS,
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
    },
    "role": {
        "user": _("user"),
        "agent": _("agent"),
        "supervisor": _("supervisor"),
        "admin": _("admin"),
    },
}

# Reasons and ways are told apart by no key: one code means the same wherever it stands.
_COMMON: Mapping[str, Words] = {
    "absolute": _("it had lasted its longest time"),
    "account_locked": _("too many wrong tries"),
    "call": _("a call was asked for"),
    "changed": _("the sign-in details were changed"),
    "ended_by_user": _("ended by the person"),
    "evidence": _("evidence from before the change was given"),
    "expired": _("it had run out"),
    "forgot": _("the password was forgotten"),
    "frozen": _("the sign-in details are frozen"),
    "hold": _("held after a restore"),
    "idle": _("it had not been used for a while"),
    "import": _("brought over from another system"),
    "inactive": _("the account is closed"),
    "link": _("by the link in a mail"),
    "locked": _("too many wrong tries"),
    "missed": _("an offer was missed"),
    "objection": _("somebody said: this was not me"),
    "ran_out": _("its time was over"),
    "replayed": _("the code had been used before"),
    "restored": _("the account was restored"),
    "sign_up": _("by signing up"),
    "staff": _("by a member of staff"),
    "throttled": _("too many tries in a short time"),
    "too_many": _("too many tries in a short time"),
    "unknown": _("it is not known here"),
    "wrong": _("it was wrong"),
    "wrong_code": _("the code was wrong"),
    "wrong_password": _("the password was wrong"),
}


def label(key: str) -> str:
    return str(LABELS.get(key) or key.replace("_", " "))


def said(key: str, value: Any) -> str:
    """The detail ``key`` in words, in the language and the time zone of who reads."""
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
    word = WORDS.get(key, {}).get(value) or _COMMON.get(value)
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
