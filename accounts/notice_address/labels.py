"""What pages, mails, the trail and the desk say of the address that only gets notices."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import ChangeKind
from accounts.words import ChangeType, Notice, RestoreStep, SignInDetail

NOTICE_ADDRESS = SignInDetail(
    name="notice_address",
    trail=gettext_lazy("notification address"),
    unchanged=gettext_lazy("Your second notification address"),
    notice=Notice(
        gettext_lazy("Your second notification address was changed"),
        gettext_lazy(
            "The second address for notices about your account at %(site)s was added, changed or removed."
        ),
    ),
)
ADDED = ChangeType(
    kind=ChangeKind.NOTICE_ADDED,
    detail=NOTICE_ADDRESS,
    action="credential.notice_address.added",
    title=gettext_lazy("A second notification address was added"),
    letter=gettext_lazy("Added a second notification address"),
    desk=gettext_lazy("Second notification address added"),
    trail=NOTICE_ADDRESS.trail,
    asked=gettext_lazy("Add a second notification address"),
    before="",
)
REMOVED = ChangeType(
    kind=ChangeKind.NOTICE_REMOVED,
    detail=NOTICE_ADDRESS,
    action="credential.notice_address.removed",
    title=gettext_lazy("The second notification address was removed"),
    letter=gettext_lazy("Removed your second notification address"),
    desk=gettext_lazy("Second notification address removed"),
    trail=gettext_lazy("notification address removed"),
    asked=gettext_lazy("Remove the second notification address"),
    after="",
)
CHANGES = (ADDED, REMOVED)

OUT = RestoreStep(
    "notice_address_out",
    trail=gettext_lazy("notification address removed"),
    letter=gettext_lazy("The notification address added by the intruder was removed."),
    plan=lambda data: (_("Second notification address"), data["what"], _("Removed")),
    after_loss=gettext_lazy("A notification address that may not have been yours was removed."),
)
BACK = RestoreStep(
    "notice_address_back",
    trail=gettext_lazy("notification address restored"),
    letter=gettext_lazy("Your own second notification address gets notices again."),
    plan=lambda data: (_("Second notification address"), _("Removed"), data["what"]),
)
STEPS = (OUT, BACK)
