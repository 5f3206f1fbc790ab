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

from audit.registry import REASONS, WORDS, Words
from common.text import isolate

LABELS: Mapping[str, Words] = {
    "account": _("Account"),
    "action": _("Event type"),
    "address": _("IP address"),
    "agent": _("Agent"),
    "already_here": _("Already here"),
    "attempt": _("Attempt"),
    "began": _("When it started"),
    "case": _("Case"),
    "category": _("Reason for request"),
    "change": _("Change"),
    "changes": _("Changes"),
    "contact_masked": _("Recovery contact"),
    "count": _("Count"),
    "country": _("Country"),
    "due": _("Due at"),
    "ended": _("Still active at the time"),
    "event": _("Event"),
    "factor": _("Confirmed with"),
    "filters": _("Searched for"),
    "fraud": _("Reported as a fraud"),
    "from": _("Before"),
    "from_access": _("Access"),
    "from_masked": _("Address"),
    "from_name": _("Former name"),
    "from_role": _("Role"),
    "to_access": _("New access"),
    "to_role": _("New role"),
    "to_masked": _("New address"),
    "how": _("How"),
    "imported": _("Imported"),
    "left": _("Remaining"),
    "matched": _("Belongs to an account"),
    "message": _("Message"),
    "method": _("Evidence"),
    "name": _("Name"),
    "new_browser": _("New browser"),
    "new_country": _("New country"),
    "noticed": _("What they noticed"),
    "number": _("Phone number"),
    "outcome": _("Outcome"),
    "people": _("Members of staff"),
    "path": _("Page"),
    "permanent": _("Permanent failure"),
    "person": _("Done by"),
    "reason": _("Reason"),
    "rejected": _("Rejected lines"),
    "removed": _("Removed"),
    "request": _("Request"),
    "risky": _("Unusual sign-in"),
    "role": _("Role"),
    "said": _("Caller’s answer"),
    "session": _("Session"),
    "sessions_ended": _("Sessions ended"),
    "since": _("From"),
    "target_masked": _("Sent to"),
    "until": _("Until"),
    "what": _("What"),
    "why": _("Why unusual"),
    "takeover": _("Suspected takeover"),
}

_REASON_KEYS = frozenset({"reason", "how"})


def label(key: str) -> str:
    return str(LABELS.get(key) or key.replace("_", " "))


def humanize(key: str, value: Any) -> str:
    """The detail ``key`` in words, in the language and the time zone of who reads."""
    if key == "filters" and not value:
        return gettext("everything")
    if value is None or value == "" or value == [] or value == {}:
        return gettext("not given")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        return _joined([f"{label(inner)}: {humanize(inner, worth)}" for inner, worth in value.items()])
    if isinstance(value, list):
        return _joined([humanize(key, one) for one in value])
    if not isinstance(value, str):
        return str(value)
    if key == "name":
        return isolate(value)
    word = (REASONS if key in _REASON_KEYS else WORDS.get(key, {})).get(value)
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
