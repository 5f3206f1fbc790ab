"""What pages, mails, the trail and the desk say of recovery codes."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authenticators.base import BoundAuthenticator, Prompt, Steps, Words
from accounts.enums import ChangeKind
from accounts.words import (
    ChangeType,
    EventWords,
    HistorySentence,
    Notice,
    RestoreStep,
    SignInDetail,
)
from audit.registry import EventType


def left(sets: Sequence[BoundAuthenticator]) -> int:
    return sum(one.left or 0 for one in sets)


def _offered(sets: Sequence[BoundAuthenticator]) -> str:
    return _("Recovery code, %(left)s unused") % {"left": left(sets)}


WORDS = Words(
    label=gettext_lazy("Recovery code"),
    proof=gettext_lazy("a recovery code"),
    sign_in=Prompt(
        gettext_lazy("Recovery code"), gettext_lazy("One of the codes you saved. Each works once.")
    ),
    older=Prompt(
        gettext_lazy("One of the recovery codes you had before"),
        gettext_lazy("One of the codes you saved. Each works once."),
    ),
    asked=Prompt(
        gettext_lazy("One of your recovery codes"),
        gettext_lazy(
            "From the list you saved earlier. Each one works once, and you’ll get a new one to replace it."
        ),
    ),
    instead=gettext_lazy("Use a recovery code instead"),
    wrong=gettext_lazy("This code is incorrect, or it has already been used. Try another one."),
    too_young=gettext_lazy(
        "We can’t accept your recovery codes here, because they were created with or after these changes."
    ),
    offered=_offered,
    item=lambda _name: _("Recovery codes"),
)

DETAIL = SignInDetail(
    name="recovery_codes",
    trail=gettext_lazy("recovery codes"),
    unchanged=gettext_lazy("Your recovery codes"),
    notice=Notice(
        gettext_lazy("Your recovery codes were changed"),
        gettext_lazy(
            "The recovery codes for your account at %(site)s were changed. Your previous codes no longer "
            "work."
        ),
    ),
)

CREATED = ChangeType(
    kind=ChangeKind.RECOVERY_CODES,
    detail=DETAIL,
    action="credential.recovery_codes.created",
    title=gettext_lazy("New recovery codes were created"),
    letter=gettext_lazy("Created new recovery codes, so the old ones stopped working"),
    desk=gettext_lazy("Recovery codes"),
    trail=DETAIL.trail,
    asked=gettext_lazy("Create new recovery codes"),
)

EVENTS = (
    EventWords(
        EventType(
            CREATED.action,
            gettext_lazy("New recovery codes were created for %(whose)s"),
            ("count", "change"),
        ),
        HistorySentence(
            gettext_lazy("A new set of recovery codes was created"),
            yours=gettext_lazy("You created new recovery codes"),
            theirs=gettext_lazy("New recovery codes were created from %(session)s"),
        ),
        stranger=gettext_lazy("%(session)s created new recovery codes"),
        tick=gettext_lazy("Recovery codes"),
    ),
    EventWords(
        EventType(
            "credential.recovery_codes.removed",
            gettext_lazy("The recovery codes of %(whose)s were removed"),
        ),
        HistorySentence(gettext_lazy("Your recovery codes were removed")),
        stranger=gettext_lazy("%(session)s removed the recovery codes"),
        tick=gettext_lazy("Recovery codes removed"),
    ),
    EventWords(
        EventType(
            "credential.recovery_code.used",
            gettext_lazy("%(whose)s used a recovery code (%(left)s left)"),
            ("left",),
        ),
        HistorySentence(
            gettext_lazy("A recovery code was used (%(left)s left)"),
            yours=gettext_lazy("You used a recovery code (%(left)s left)"),
            theirs=gettext_lazy("A recovery code was used from %(session)s, leaving %(left)s"),
        ),
        stranger=gettext_lazy("%(session)s used a recovery code (%(left)s left)"),
        tick=gettext_lazy("Recovery code used"),
    ),
    EventWords(
        EventType(
            "credential.recovery_codes.checked",
            gettext_lazy("%(whose)s confirmed that they still have their recovery codes"),
        ),
        HistorySentence(
            gettext_lazy("You confirmed that you still have your recovery codes"),
            theirs=gettext_lazy("It was confirmed from %(session)s that the recovery codes are still there"),
        ),
        stranger=gettext_lazy("%(session)s confirmed that the recovery codes are still there"),
        tick=gettext_lazy("Recovery codes checked"),
    ),
    EventWords(
        EventType(
            "credential.recovery_codes.reminded",
            gettext_lazy("%(whose)s was reminded to check their recovery codes"),
        ),
        HistorySentence(gettext_lazy("We reminded you to check your recovery codes")),
        stranger=gettext_lazy("A reminder to check the recovery codes was sent"),
        tick=gettext_lazy("Reminder sent"),
    ),
)

_OUT = RestoreStep(
    "recovery_codes_out",
    trail=gettext_lazy("recovery codes removed"),
    letter=gettext_lazy("The recovery codes created by the intruder no longer work."),
    plan=lambda _data: (
        _("Recovery codes"),
        _("Codes created by the suspicious change"),
        _("No longer valid"),
    ),
    after_loss=gettext_lazy("Recovery codes that may not have been yours no longer work."),
)
STEPS = Steps(
    out=_OUT,
    lost=_OUT,
    back=RestoreStep(
        "recovery_codes_back",
        trail=gettext_lazy("recovery codes restored"),
        letter=gettext_lazy("Your own recovery codes work again."),
        plan=lambda _data: (_("Recovery codes"), _("The earlier ones aren’t valid"), _("Valid again")),
    ),
)
