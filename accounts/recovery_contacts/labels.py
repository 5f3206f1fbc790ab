"""What pages, mails, the trail and the desk say of recovery contacts."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import ChangeKind
from accounts.words import ChangeType, Notice, RestoreStep, SignInDetail

CONTACTS = SignInDetail(
    name="recovery_contacts",
    trail=gettext_lazy("recovery contacts"),
    unchanged=gettext_lazy("Your recovery contacts"),
    notice=Notice(
        gettext_lazy("Your recovery contacts were changed"),
        gettext_lazy("A recovery contact of your account at %(site)s was added or removed."),
    ),
)
ADDED = ChangeType(
    kind=ChangeKind.CONTACT_ADDED,
    detail=CONTACTS,
    action="credential.contact.added",
    title=gettext_lazy("A recovery contact was added"),
    letter=gettext_lazy("Added a recovery contact"),
    desk=gettext_lazy("Recovery contact added"),
    trail=gettext_lazy("recovery contact added"),
    asked=gettext_lazy("Add a recovery contact"),
    before="",
)
REMOVED = ChangeType(
    kind=ChangeKind.CONTACT_REMOVED,
    detail=CONTACTS,
    action="credential.contact.removed",
    title=gettext_lazy("A recovery contact was removed"),
    letter=gettext_lazy("Removed one of your recovery contacts"),
    desk=gettext_lazy("Recovery contact removed"),
    trail=gettext_lazy("recovery contact removed"),
    asked=gettext_lazy("Remove a recovery contact"),
    after="",
)
CHANGES = (ADDED, REMOVED)

OUT = RestoreStep(
    "contact_out",
    trail=gettext_lazy("recovery contact removed"),
    letter=gettext_lazy("The recovery contact added by the intruder was removed."),
    plan=lambda data: (_("Recovery contact"), data["what"], _("Removed")),
    after_loss=gettext_lazy("A recovery contact that may not have been yours was removed."),
)
BACK = RestoreStep(
    "contact_back",
    trail=gettext_lazy("recovery contact restored"),
    letter=gettext_lazy("Your own recovery contact can vouch for you again."),
    plan=lambda data: (_("Recovery contact"), _("Removed"), data["what"]),
)
STEPS = (OUT, BACK)
