"""What somebody who has given their password has to show, or to set up, next."""

from accounts.enums import AuthenticatorKind, LinkReason
from accounts.models import Authenticator, PasswordLink, RecoveryCode, User
from common import clock


def owes_enrolment(user: User) -> bool:
    """No code app is bound: the account is led to enrol one before anything else."""
    return not Authenticator.objects.filter(user=user, kind=AuthenticatorKind.TOTP, removed_at=None).exists()


def has_recovery_codes(user: User) -> bool:
    """Is a recovery code left by which this person can show that it is them?"""
    return RecoveryCode.objects.filter(
        authenticator__user=user, authenticator__removed_at=None, used_at=None
    ).exists()


def can_enrol_by_password(user: User) -> bool:
    """May the password alone bind the first code app? Only where nothing else is there to be asked for.

    An account that never had an authenticator may. One whose authenticators a restore took out may as long as
    the restore's link was good by which its password was chosen: what somebody knew of before does not do.
    """
    if not owes_enrolment(user) or has_recovery_codes(user):
        return False
    if not Authenticator.objects.filter(user=user).exists():
        return True
    return PasswordLink.objects.filter(
        user=user,
        why=LinkReason.RESTORED,
        used_at__isnull=False,
        void_at=None,
        expires_at__gt=clock.now(),
    ).exists()
