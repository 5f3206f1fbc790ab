"""What pages, mails, the trail and the desk say of passkeys."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse_lazy
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.authenticators.base import BoundAuthenticator, Ceremony, Prompt, Steps, Words
from accounts.enums import ChangeKind
from accounts.words import (
    ChangeType,
    CheckUpItem,
    EventWords,
    HistorySentence,
    Notice,
    RestoreStep,
    SignInDetail,
)
from audit import context
from audit.registry import EventType
from common.text import isolate


def default_name() -> str:
    """What a passkey is called by where it was made: ``Safari, iPhone``."""
    return context.current().origin.browser or _("Passkey")


def _offered(passkeys: Sequence[BoundAuthenticator]) -> str:
    removed = all(one.removed_at for one in passkeys)
    what = _("Previous passkey") if removed else _("Passkey")
    names = pgettext("between the parts of a list", ", ").join(
        isolate(one.name) for one in passkeys if one.name
    )
    return _("%(what)s: %(names)s") % {"what": what, "names": names} if names else what


def _item(name: str) -> str:
    return _("Passkey: %(name)s") % {"name": isolate(name)} if name else _("Passkey")


CEREMONY = Ceremony(
    route="accounts:passkey_challenge",
    button=gettext_lazy("Use a passkey"),
    cancelled=gettext_lazy("No passkey was used. Try again, or choose another way."),
    missing=gettext_lazy("This browser can’t use passkeys. Choose another way."),
    scripts=gettext_lazy("Passkeys need JavaScript, which is turned off in this browser."),
)

WORDS = Words(
    label=gettext_lazy("Passkey"),
    proof=gettext_lazy("a passkey"),
    sign_in=Prompt(
        gettext_lazy("Your passkey"),
        gettext_lazy("Confirm with your fingerprint, your face, your screen lock or your security key."),
    ),
    older=Prompt(
        gettext_lazy("A passkey you had before"),
        gettext_lazy("It works even if it was removed from the account in the last 30 days."),
    ),
    asked=Prompt(
        gettext_lazy("Your passkey"),
        gettext_lazy("The one you had before, even if it was removed from the account."),
    ),
    instead=gettext_lazy("Use a passkey instead"),
    wrong=gettext_lazy("This passkey isn’t accepted here. Try another one, or tell the agent."),
    too_young=gettext_lazy(
        "We can’t accept your passkey here, because it was added with or after these changes."
    ),
    offered=_offered,
    item=_item,
    refused=gettext_lazy("This passkey isn’t accepted here. Choose another one, or another way."),
    alone=gettext_lazy("Sign in with a passkey"),
    setup=Prompt(
        gettext_lazy("Create a passkey"),
        gettext_lazy(
            "You confirm with your fingerprint, your face or your screen lock. There’s no code to type, and "
            "it works on this site only, never on a copy of it."
        ),
    ),
)

DETAIL = SignInDetail(
    name="passkey",
    trail=gettext_lazy("passkey"),
    unchanged=gettext_lazy("Your passkeys"),
    notice=Notice(
        gettext_lazy("Your passkeys were changed"),
        gettext_lazy("The passkeys for your account at %(site)s were changed."),
    ),
)

ADDED = ChangeType(
    kind=ChangeKind.PASSKEY_ADDED,
    detail=DETAIL,
    action="credential.passkey.added",
    title=gettext_lazy("A passkey was added"),
    letter=gettext_lazy("Added a passkey"),
    desk=gettext_lazy("Passkey added"),
    trail=gettext_lazy("passkey added"),
    asked=gettext_lazy("Add a passkey"),
    before="",
)
REMOVED = ChangeType(
    kind=ChangeKind.PASSKEY_REMOVED,
    detail=DETAIL,
    action="credential.passkey.removed",
    title=gettext_lazy("A passkey was removed"),
    letter=gettext_lazy("Removed a passkey"),
    desk=gettext_lazy("Passkey removed"),
    trail=gettext_lazy("passkey removed"),
    asked=gettext_lazy("Remove a passkey"),
    after="",
)

EVENTS = (
    EventWords(
        EventType(
            ADDED.action,
            gettext_lazy("The passkey %(name)s was added to the account of %(whose)s"),
            ("name", "change"),
        ),
        HistorySentence(
            gettext_lazy("The passkey %(name)s was added"),
            yours=gettext_lazy("You added the passkey %(name)s"),
            theirs=gettext_lazy("The passkey %(name)s was added from %(session)s"),
        ),
        stranger=gettext_lazy("%(session)s added the passkey %(name)s"),
        tick=gettext_lazy("Passkey added"),
    ),
    EventWords(
        EventType(
            REMOVED.action,
            gettext_lazy("The passkey %(name)s was removed from the account of %(whose)s"),
            ("name", "change"),
        ),
        HistorySentence(
            gettext_lazy("The passkey %(name)s was removed"),
            yours=gettext_lazy("You removed the passkey %(name)s"),
            theirs=gettext_lazy("The passkey %(name)s was removed from %(session)s"),
        ),
        stranger=gettext_lazy("%(session)s removed the passkey %(name)s"),
        tick=gettext_lazy("Passkey removed"),
    ),
    EventWords(
        EventType(
            "credential.passkey.copied",
            gettext_lazy(
                "The passkey %(name)s of %(whose)s was refused: its counter went back, so a copy may exist"
            ),
            ("name",),
        ),
        HistorySentence(
            gettext_lazy("The passkey %(name)s was refused, because a copy of it may exist. Remove it.")
        ),
        stranger=gettext_lazy("%(session)s used the passkey %(name)s, of which a copy may exist"),
        tick=gettext_lazy("Passkey refused"),
    ),
)


def _passkey(data: Mapping[str, Any]) -> str:
    """Two passkeys may bear one name: the day tells the stranger's from the owner's."""
    when = date_format(localtime(data["bound_at"]), pgettext("date format", "j M Y"))
    if not data["name"]:
        return _("added %(when)s") % {"when": when}
    return _("“%(name)s”, added %(when)s") % {"name": isolate(data["name"]), "when": when}


STEPS = Steps(
    out=RestoreStep(
        "passkey_out",
        trail=gettext_lazy("passkey removed by the restore"),
        letter=gettext_lazy("The intruder’s passkey no longer works."),
        plan=lambda data: (_("Passkey"), _passkey(data), _("Removed")),
        after_loss=gettext_lazy("A passkey that may not have been yours no longer works."),
    ),
    lost=RestoreStep(
        "passkey_lost",
        trail=gettext_lazy("lost passkey removed"),
        letter=gettext_lazy("The passkey you lost no longer works."),
        plan=lambda data: (_("Passkey"), _passkey(data), _("Removed, because it’s lost")),
    ),
    back=RestoreStep(
        "passkey_back",
        trail=gettext_lazy("passkey restored"),
        letter=gettext_lazy("Your own passkey works again."),
        plan=lambda data: (_("Passkey"), _("Removed"), _passkey(data)),
    ),
)


def advice(passkeys: Sequence[BoundAuthenticator]) -> CheckUpItem:
    if passkeys:
        return CheckUpItem(
            _("You have a passkey"), _("You can sign in with it, without your password and without a code.")
        )
    return CheckUpItem(
        _("Create a passkey"),
        _("Sign in with your fingerprint, your face or your screen lock: easier than a code, and safer."),
        reverse_lazy("accounts:passkey_add"),
        _("Create one"),
    )
