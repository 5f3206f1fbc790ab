"""What pages, mails, the trail and the desk say of code apps."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse_lazy
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.authenticators.base import BoundAuthenticator, Prompt, Steps, Words
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
from audit.registry import EventType
from common.text import isolate


def _offered(apps: Sequence[BoundAuthenticator]) -> str:
    removed = all(one.removed_at for one in apps)
    what = _("Previous authenticator app") if removed else _("Authenticator app")
    names = pgettext("between the parts of a list", ", ").join(isolate(one.name) for one in apps if one.name)
    return _("%(what)s: %(names)s") % {"what": what, "names": names} if names else what


def _item(name: str) -> str:
    return _("Authenticator app: %(name)s") % {"name": isolate(name)} if name else _("Authenticator app")


WORDS = Words(
    label=gettext_lazy("Authenticator app"),
    proof=gettext_lazy("a code from an authenticator app"),
    sign_in=Prompt(
        gettext_lazy("Code from your authenticator app"),
        gettext_lazy("Six digits. A new code appears every 30 seconds."),
    ),
    older=Prompt(
        gettext_lazy("Code from the authenticator app you had before"),
        gettext_lazy("It works even if that app was removed in the last 30 days."),
    ),
    asked=Prompt(
        gettext_lazy("Code from your authenticator app"),
        gettext_lazy("The 6-digit code from the app you had before, even if it was removed."),
    ),
    instead=gettext_lazy("Use the authenticator app instead"),
    wrong=gettext_lazy("This code is incorrect. Wait for the next code in your app and enter that one."),
    too_young=gettext_lazy(
        "We can’t accept a code from your authenticator app here, because the app was "
        "set up with or after these changes."
    ),
    offered=_offered,
    item=_item,
    setup=Prompt(
        gettext_lazy("Set up an authenticator app"),
        gettext_lazy(
            "An app on your phone shows a new 6-digit code every 30 seconds. You type it when you sign in."
        ),
    ),
)

DETAIL = SignInDetail(
    name="totp",
    trail=gettext_lazy("authenticator app"),
    unchanged=gettext_lazy("Your authenticator app"),
    notice=Notice(
        gettext_lazy("Your authenticator app was changed"),
        gettext_lazy("The authenticator app for your account at %(site)s was changed."),
    ),
)

ADDED = ChangeType(
    kind=ChangeKind.TOTP_ADDED,
    detail=DETAIL,
    action="credential.totp.added",
    title=gettext_lazy("An authenticator app was added"),
    letter=gettext_lazy("Added an authenticator app"),
    desk=gettext_lazy("Authenticator app added"),
    trail=gettext_lazy("authenticator app added"),
    asked=gettext_lazy("Add an authenticator app"),
    before="",
)
REMOVED = ChangeType(
    kind=ChangeKind.TOTP_REMOVED,
    detail=DETAIL,
    action="credential.totp.removed",
    title=gettext_lazy("An authenticator app was removed"),
    letter=gettext_lazy("Removed an authenticator app"),
    desk=gettext_lazy("Authenticator app removed"),
    trail=gettext_lazy("authenticator app removed"),
    asked=gettext_lazy("Remove an authenticator app"),
    after="",
)
REPLACED = ChangeType(
    kind=ChangeKind.TOTP_REPLACED,
    detail=DETAIL,
    action="credential.totp.replaced",
    title=gettext_lazy("The authenticator app was replaced"),
    letter=gettext_lazy("Replaced the authenticator app"),
    desk=gettext_lazy("Authenticator app replaced"),
    trail=gettext_lazy("authenticator app replaced"),
    asked=gettext_lazy("Replace the authenticator app"),
)

EVENTS = (
    EventWords(
        EventType(
            ADDED.action,
            gettext_lazy("The authenticator app %(name)s was added to the account of %(whose)s"),
            ("name", "change"),
        ),
        HistorySentence(
            gettext_lazy("The authenticator app %(name)s was added"),
            yours=gettext_lazy("You added the authenticator app %(name)s"),
            theirs=gettext_lazy("The authenticator app %(name)s was added from %(session)s"),
        ),
        stranger=gettext_lazy("%(session)s added the authenticator app %(name)s"),
        tick=gettext_lazy("App added"),
    ),
    EventWords(
        EventType(
            REMOVED.action,
            gettext_lazy("The authenticator app %(name)s was removed from the account of %(whose)s"),
            ("name", "change"),
        ),
        HistorySentence(
            gettext_lazy("The authenticator app %(name)s was removed"),
            yours=gettext_lazy("You removed the authenticator app %(name)s"),
            theirs=gettext_lazy("The authenticator app %(name)s was removed from %(session)s"),
        ),
        stranger=gettext_lazy("%(session)s removed the authenticator app %(name)s"),
        tick=gettext_lazy("App removed"),
    ),
    EventWords(
        EventType(
            REPLACED.action,
            gettext_lazy("The authenticator app of %(whose)s was replaced"),
            ("name", "change"),
        ),
        HistorySentence(
            gettext_lazy("Your authenticator app was replaced"),
            yours=gettext_lazy("You replaced your authenticator app"),
            theirs=gettext_lazy("Your authenticator app was replaced from %(session)s"),
        ),
        stranger=gettext_lazy("%(session)s replaced the authenticator app"),
        tick=gettext_lazy("Authenticator app"),
    ),
)


def _app(data: Mapping[str, Any]) -> str:
    """Two apps may bear one name: the day tells the stranger's from the owner's."""
    when = date_format(localtime(data["bound_at"]), pgettext("date format", "j M Y"))
    if not data["name"]:
        return _("added %(when)s") % {"when": when}
    return _("“%(name)s”, added %(when)s") % {"name": isolate(data["name"]), "when": when}


STEPS = Steps(
    out=RestoreStep(
        "authenticator_out",
        trail=gettext_lazy("authenticator app removed by the restore"),
        letter=gettext_lazy("The intruder’s authenticator app no longer works."),
        plan=lambda data: (_("Authenticator app"), _app(data), _("Removed")),
        after_loss=gettext_lazy("An authenticator app that may not have been yours no longer works."),
    ),
    lost=RestoreStep(
        "authenticator_lost",
        trail=gettext_lazy("lost authenticator app removed"),
        letter=gettext_lazy("The authenticator app you lost no longer works."),
        plan=lambda data: (_("Authenticator app"), _app(data), _("Removed, because it’s lost")),
    ),
    back=RestoreStep(
        "authenticator_back",
        trail=gettext_lazy("authenticator app restored"),
        letter=gettext_lazy("Your own authenticator app works again."),
        plan=lambda data: (_("Authenticator app"), _("Removed"), _app(data)),
    ),
)


def advice(apps: Sequence[BoundAuthenticator]) -> CheckUpItem:
    if len(apps) > 1:
        return CheckUpItem(
            _("You have more than one authenticator app"), _("If you lose one, you can sign in with another.")
        )
    if not apps:
        return CheckUpItem(
            _("Set up an authenticator app too"),
            _("If you lose what you sign in with now, you can still sign in with a code."),
            reverse_lazy("accounts:totp_add"),
            _("Set up"),
        )
    return CheckUpItem(
        _("Add a second authenticator app"),
        _("Set it up on another device, so that you can still sign in if you lose your phone."),
        reverse_lazy("accounts:totp_add"),
        _("Add one"),
    )
