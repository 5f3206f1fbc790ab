"""What a restore does, step by step, in words for the owner, the trail and the desk."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authenticators import registry
from accounts.notice_address import labels as notice_address
from accounts.recovery_contacts import labels as recovery_contacts
from accounts.words import RestoreStep

EMAIL_BACK = RestoreStep(
    "email_back",
    trail=gettext_lazy("previous e-mail address restored"),
    letter=gettext_lazy("Your sign-in e-mail is your own address again."),
    plan=lambda data: (_("E-mail address"), data["from"], data["to"]),
)
PENDING_CANCELLED = RestoreStep(
    "pending_cancelled",
    trail=gettext_lazy("pending address change cancelled"),
    letter=gettext_lazy("Changes the intruder had started were cancelled."),
    plan=lambda _data: (_("Pending changes"), _("Pending"), _("Cancelled")),
    after_loss=gettext_lazy("Pending changes were cancelled."),
)
PASSWORD_KEPT = RestoreStep(
    "password_kept",
    trail=gettext_lazy("password unchanged"),
    letter=gettext_lazy("Your password was not changed."),
    plan=lambda _data: (
        _("Password"),
        _("The caller knows it"),
        _("Stays valid, because another authenticator is left"),
    ),
)
PASSWORD_VOID = RestoreStep(
    "password_void",
    trail=gettext_lazy("password invalidated"),
    letter=gettext_lazy(
        "The old password no longer works. You choose a new one, and nobody here ever sees it."
    ),
    plan=lambda _data: (
        _("Password"),
        _("Valid"),
        _("No longer valid. The owner gets a one-time link to choose a new one."),
    ),
)
SESSIONS_ENDED = RestoreStep(
    "sessions_ended",
    trail=gettext_lazy("sessions ended"),
    letter=gettext_lazy("Everyone who was signed in was signed out."),
    plan=lambda data: (_("Active sessions"), _("%(count)s open") % {"count": data["count"]}, _("All ended")),
)
HOLD = RestoreStep(
    "hold",
    trail=gettext_lazy("sign-in details frozen after the restore"),
    letter=gettext_lazy(
        "Your sign-in details can’t be changed for 72 hours, so that nobody can take "
        "over the account again straight away. If you need to change something "
        "sooner, ask us for a call."
    ),
    plan=lambda data: (
        _("Changes"),
        _("Possible"),
        _("No changes to sign-in details for %(hours)s hours") % {"hours": data["hours"]},
    ),
    after_loss=gettext_lazy(
        "Your other sign-in details can’t be changed for 72 hours, in case someone "
        "finds what you lost. If nothing is left to sign in with, you can set up "
        "something new straight away."
    ),
)


def every() -> list[RestoreStep]:
    kinds = [step for kind in registry.KINDS for step in (kind.steps.out, kind.steps.lost, kind.steps.back)]
    beside = [*notice_address.STEPS, *recovery_contacts.STEPS]
    return [
        EMAIL_BACK,
        *kinds,
        *beside,
        PENDING_CANCELLED,
        PASSWORD_KEPT,
        PASSWORD_VOID,
        SESSIONS_ENDED,
        HOLD,
    ]


def by_name(name: str) -> RestoreStep:
    return next(step for step in every() if step.name == name)
