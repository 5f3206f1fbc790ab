"""What the e-mail address and the password are called, and how their changes are told."""

from django.utils.translation import gettext_lazy as _

from accounts.enums import ChangeKind
from accounts.words import ChangeType, Notice, SignInDetail

EMAIL = SignInDetail(
    name="email",
    trail=_("e-mail address"),
    unchanged=_("Your sign-in e-mail"),
    notice=Notice(
        _("Your sign-in e-mail was changed"),
        _("The e-mail address you use to sign in to %(site)s was changed."),
    ),
)
PASSWORD = SignInDetail(
    name="password",
    trail=_("password"),
    unchanged=_("Your password"),
    notice=Notice(
        _("Your password was changed"), _("The password for your account at %(site)s was changed.")
    ),
)

EMAIL_CHANGED = ChangeType(
    kind=ChangeKind.EMAIL,
    detail=EMAIL,
    action="credential.email.changed",
    title=_("The sign-in e-mail"),
    letter=_("Changed the sign-in e-mail"),
    desk=_("E-mail address"),
    trail=EMAIL.trail,
    asked=_("Change the sign-in e-mail"),
)
PASSWORD_CHANGED = ChangeType(
    kind=ChangeKind.PASSWORD,
    detail=PASSWORD,
    action="credential.password.changed",
    title=_("The password"),
    letter=_("Changed the password"),
    desk=_("Password"),
    trail=PASSWORD.trail,
    asked=_("Change the password"),
)
CHANGES = (EMAIL_CHANGED, PASSWORD_CHANGED)
