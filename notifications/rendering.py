"""A delivery written out: subject, text and HTML in the reader's language."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.engine import Engine
from django.utils import translation
from django.utils.translation import gettext as _

from audit.registry import Words
from common import encryption
from common.text import isolate
from notifications import linkless as linkless_mails
from notifications import references, value_types
from notifications.models import Delivery
from notifications.registry import WORDS

# What people chose to be called, or to call a thing.
NAMES = ("name", "agent", "detail", "owner", "contact")


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


def write(delivery: Delivery) -> Letter:
    """Write the mail that this row owes."""
    assert delivery.params is not None, "a mail that is no longer owed is not written again"
    values = value_types.unpack(encryption.unseal(delivery.params), delivery.language, delivery.zone)
    values["reference"] = references.of(delivery.message_id)
    values["linkless"] = delivery.linkless
    return render(delivery.message, values, delivery.language)


def render(message: str, values: dict[str, Any], language: str) -> Letter:
    """Write ``message`` with values that are words already."""
    what = str(values.get("what", ""))
    with translation.override(language):
        values = {
            **values,
            **{key: isolate(values[key]) for key in NAMES if values.get(key)},
            "language": language,
            "site": settings.SITE_NAME,
            **_addresses(linkless=bool(values.get("linkless"))),
            "caller_number": settings.CALLER_NUMBER,
            "unknown": _("unknown"),
            "changes": [
                {"at": change["at"], "what": _by_stranger(change)} for change in values.get("changes", [])
            ],
            "unchanged": [WORDS["unchanged"][what] for what in values.get("unchanged", [])],
            "after_loss": [WORDS["after_loss"][what] for what in values.get("repairs", [])],
            "keeps_password": "password_kept" in values.get("repairs", []),
            "done": [WORDS["done"][what] for what in values.get("done", [])],
            "entries": [
                {**entry, "what": _subject(entry["message"], entry)} for entry in values.get("entries", [])
            ],
            "asked_for": WORDS["asked"].get(what, ""),
            "detail_subject": WORDS["subjects"].get(what, ""),
            "detail_notice": str(WORDS["notices"].get(what, "")) % {"site": settings.SITE_NAME},
        }
        subject = _subject(message, values)
        values["subject"] = subject
        text = re.sub(r"\n{3,}", "\n\n", _filled(f"mail/{message}/body.txt", values)).strip() + "\n"
        return Letter(subject, text, _filled(f"mail/{message}/body.html", values))


def _subject(message: str, values: dict[str, Any]) -> str:
    return " ".join(_filled(f"mail/{message}/subject.txt", values).split())


def _addresses(*, linkless: bool) -> dict[str, str]:
    """Of the portal and of pages that everybody finds from there: without links, its bare address alone."""
    if linkless:
        return dict.fromkeys(("origin", "help_address", "check_address"), linkless_mails.portal())
    return {
        "origin": settings.ORIGIN,
        "help_address": f"{settings.ORIGIN}/help/",
        "check_address": f"{settings.ORIGIN}/is-this-you/",
    }


def _by_stranger(change: dict[str, Any]) -> Words:
    if not change.get("stopped"):
        return WORDS["changes"][change["what"]]
    asked = WORDS["asked"][change["what"]]
    return _("%(asked)s: asked for, stopped before it took effect") % {"asked": asked}


def _filled(template: str, values: dict[str, Any]) -> str:
    context = Context(values, autoescape=template.endswith(".html"))
    return Engine.get_default().get_template(template).render(context)
