"""A delivery written out: subject, text and HTML in the reader's language."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.engine import Engine
from django.utils import translation
from django.utils.translation import gettext as _

from common import encryption
from common.text import isolate
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
            "origin": settings.ORIGIN,
            "help_address": f"{settings.ORIGIN}/help/",
            "check_address": f"{settings.ORIGIN}/is-this-you/",
            "caller_number": settings.CALLER_NUMBER,
            "unknown": _("unknown"),
            "changes": [
                {"at": change["at"], "what": WORDS["changes"][change["what"]]}
                for change in values.get("changes", [])
            ],
            "unchanged": [WORDS["unchanged"][what] for what in values.get("unchanged", [])],
            "after_loss": [WORDS["after_loss"][what] for what in values.get("repairs", [])],
            "keeps_password": "password_kept" in values.get("repairs", []),
            "done": [WORDS["done"][what] for what in values.get("done", [])],
            "detail_subject": WORDS["subjects"].get(what, ""),
            "detail_notice": str(WORDS["notices"].get(what, "")) % {"site": settings.SITE_NAME},
        }
        subject = " ".join(_filled(f"mail/{message}/subject.txt", values).split())
        values["subject"] = subject
        text = re.sub(r"\n{3,}", "\n\n", _filled(f"mail/{message}/body.txt", values)).strip() + "\n"
        return Letter(subject, text, _filled(f"mail/{message}/body.html", values))


def _filled(template: str, values: dict[str, Any]) -> str:
    context = Context(values, autoescape=template.endswith(".html"))
    return Engine.get_default().get_template(template).render(context)
